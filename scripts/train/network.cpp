// The whole network, forward and backward, frame by frame, so that a frame's activations
// stay in the cache. network.py defines the same computation in PyTorch and checks this
// one against it (scripts/train --smoke).
//
// Buffers are (frames, batch, positions + padding, channels); the padding positions are
// zero, which turns every convolution into a product on overlapping rows (gemm.h).
#include <torch/extension.h>

#include <cmath>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "gemm.h"

using namespace stillmic;

namespace {

constexpr int kMaps = 6, kBands = 128, kSlack = 64;

float sigmoid(float x) {
  x = x < -20.f ? -20.f : (x > 20.f ? 20.f : x);
  return 1.f / (1.f + expf(-x));
}

// A linear layer's weights in the layouts that the products want, and their gradients.
struct Linear {
  int in, out, ldw, ldt;
  std::vector<float> w, wt, b, dw, db;

  void init(int inputs, int outputs) {
    in = inputs, out = outputs, ldw = padded(out), ldt = padded(in);
    w.assign(in * ldw + kSlack, 0), wt.assign(out * ldt + kSlack, 0), b.assign(ldw + kSlack, 0);
    dw.assign(in * ldw + kSlack, 0), db.assign(ldw + kSlack, 0);
  }
  // weight is (out, in) as torch.nn.Linear keeps it, or (in, out) if transposed.
  void set(const float* weight, const float* bias, bool transposed = false) {
    for (int i = 0; i < in; i++)
      for (int o = 0; o < out; o++) {
        const float x = transposed ? weight[i * out + o] : weight[o * in + i];
        w[i * ldw + o] = x, wt[o * ldt + i] = x;
      }
    if (bias) std::memcpy(b.data(), bias, out * sizeof(float));
    std::fill(dw.begin(), dw.end(), 0.f), std::fill(db.begin(), db.end(), 0.f);
  }
  void get(float* weight, float* bias, bool transposed = false) const {
    for (int i = 0; i < in; i++)
      for (int o = 0; o < out; o++)
        (transposed ? weight[i * out + o] : weight[o * in + i]) = dw[i * ldw + o];
    if (bias) std::memcpy(bias, db.data(), out * sizeof(float));
  }
  void forward(int64_t rows, const float* a, int64_t lda, float* y, int64_t ldy,
               bool add = false) const {
    product(rows, a, lda, w.data(), ldw, b.data(), y, ldy, in, out, add);
  }
  // da may be null; it is added to.
  void backward(int64_t rows, const float* a, int64_t lda, const float* dy, int64_t ldy, float* da) {
    weight_gradient(rows, a, lda, dy, ldy, dw.data(), ldw, in, out);
    for (int64_t r = 0; r < rows; r++)
      for (int o = 0; o < out; o++) db[o] += dy[r * ldy + o];
    if (da) product(rows, dy, ldy, wt.data(), ldt, nullptr, da, lda, out, in, true);
  }
};

struct Norm {
  int c;
  std::vector<float> g, b, dg, db;
  void init(int channels) {
    c = channels;
    for (auto* v : {&g, &b, &dg, &db}) v->assign(c, 0);
  }
  void set(const float* gain, const float* bias) {
    std::memcpy(g.data(), gain, c * 4), std::memcpy(b.data(), bias, c * 4);
    std::fill(dg.begin(), dg.end(), 0.f), std::fill(db.begin(), db.end(), 0.f);
  }
  void forward(int64_t rows, const float* x, float* hat, float* scale, float* y) const {
    for (int64_t r = 0; r < rows; r++, x += c, hat += c, y += c) {
      float mean = 0, square = 0;
      for (int i = 0; i < c; i++) mean += x[i];
      mean /= c;
      for (int i = 0; i < c; i++) square += (x[i] - mean) * (x[i] - mean);
      scale[r] = 1.f / std::sqrt(square / c + 1e-5f);
      for (int i = 0; i < c; i++) {
        hat[i] = (x[i] - mean) * scale[r];
        y[i] = hat[i] * g[i] + b[i];
      }
    }
  }
  // dx is added to.
  void backward(int64_t rows, const float* hat, const float* scale, const float* dy, float* dx) {
    for (int64_t r = 0; r < rows; r++, hat += c, dy += c, dx += c) {
      float a = 0, s = 0;
      for (int i = 0; i < c; i++) {
        const float d = dy[i] * g[i];
        a += d, s += d * hat[i];
        dg[i] += dy[i] * hat[i], db[i] += dy[i];
      }
      a /= c, s /= c;
      for (int i = 0; i < c; i++) dx[i] += scale[r] * (dy[i] * g[i] - a - hat[i] * s);
    }
  }
};

struct Gru {
  int in, c;
  Linear input, recurrent;
  std::vector<float> bn, dbn, gx, gh, dgx, dgh, carry;
  void init(int inputs, int channels, int64_t rows) {
    in = inputs, c = channels;
    input.init(in, 3 * c), recurrent.init(c, 3 * c);
    bn.assign(c, 0), dbn.assign(c, 0);
    for (auto* v : {&gx, &gh, &dgx, &dgh}) v->assign(rows * 3 * c + kSlack, 0);
    carry.assign(rows * c, 0);
  }
  // saved holds r, z, n and the candidate's recurrent part, 4c per row.
  void forward(int64_t rows, const float* x, const float* before, float* saved, float* h) {
    input.forward(rows, x, in, gx.data(), 3 * c);
    product(rows, before, c, recurrent.w.data(), recurrent.ldw, nullptr, gh.data(), 3 * c, c, 3 * c, false);
    for (int64_t i = 0; i < rows; i++) {
      const float *px = gx.data() + i * 3 * c, *pg = gh.data() + i * 3 * c, *p = before + i * c;
      float *s = saved + i * 4 * c, *out = h + i * c;
#pragma omp simd
      for (int k = 0; k < c; k++) {
        const float r = sigmoid(px[k] + pg[k]), z = sigmoid(px[c + k] + pg[c + k]);
        const float a = pg[2 * c + k] + bn[k];
        const float n = 2.f * sigmoid(2.f * (px[2 * c + k] + r * a)) - 1.f;
        s[k] = r, s[c + k] = z, s[2 * c + k] = n, s[3 * c + k] = a;
        out[k] = n + z * (p[k] - n);
      }
    }
  }
  // dh is the gradient from above; carry brings the one from the next frame and leaves
  // the one for the frame before. dx is written by adding.
  void backward(int64_t rows, const float* x, const float* before, const float* saved,
                const float* dh, float* dx) {
    for (int64_t i = 0; i < rows; i++) {
      const float *s = saved + i * 4 * c, *p = before + i * c, *d0 = dh + i * c;
      float *px = dgx.data() + i * 3 * c, *pg = dgh.data() + i * 3 * c, *pc = carry.data() + i * c;
#pragma omp simd
      for (int k = 0; k < c; k++) {
        const float r = s[k], z = s[c + k], n = s[2 * c + k], a = s[3 * c + k];
        const float d = d0[k] + pc[k];
        const float dn = d * (1.f - z) * (1.f - n * n);
        const float dz = d * (p[k] - n) * z * (1.f - z);
        const float dr = dn * a * r * (1.f - r);
        px[k] = dr, px[c + k] = dz, px[2 * c + k] = dn;
        pg[k] = dr, pg[c + k] = dz, pg[2 * c + k] = dn * r;
        dbn[k] += dn * r;
        pc[k] = d * z;
      }
    }
    input.backward(rows, x, in, dgx.data(), 3 * c, dx);
    weight_gradient(rows, before, c, dgh.data(), 3 * c, recurrent.dw.data(), recurrent.ldw, c, 3 * c);
    product(rows, dgh.data(), 3 * c, recurrent.wt.data(), recurrent.ldt, nullptr, carry.data(), c, 3 * c, c, true);
  }
};

void relu(float* x, int64_t n) {
  for (int64_t i = 0; i < n; i++) x[i] = x[i] > 0 ? x[i] : 0;
}
void relu_gradient(const float* y, float* dy, int64_t n) {
  for (int64_t i = 0; i < n; i++) dy[i] = y[i] > 0 ? dy[i] : 0;
}
void add(float* y, const float* x, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] += x[i];
}

// Activations of every frame of a chunk, one frame after another.
struct Store {
  int64_t size = 0;
  std::vector<float> data;
  void init(int64_t frames, int64_t per_frame) {
    size = per_frame;
    data.assign(frames * size + kSlack, 0);
  }
  float* at(int64_t t) { return data.data() + t * size; }
};

struct Block {
  Norm norm_time, norm_mix;
  Gru gru;
  Linear positions, mix;
  Store hat1, scale1, n1, saved, h, hat2, scale2, n2, y;
};

}  // namespace

class Network {
 public:
  // shape: conv, channels, blocks, squeeze, wide, detail.
  Network(std::vector<int64_t> shape, int64_t frames, int64_t batch)
      : conv(shape[0]), c(shape[1]), squeeze_(shape[3]), wide_(shape[4]), detail_(shape[5]),
        p(kBands / 4), frames(frames), batch(batch), blocks(shape[2]) {
    const int64_t rows = batch * p, n = rows * c;
    encoder1.init(5 * kMaps, conv), encoder2.init(3 * conv, c);
    for (auto& b : blocks) {
      b.norm_time.init(c), b.norm_mix.init(c), b.gru.init(c, c, rows);
      b.positions.init(p, p), b.mix.init(c, c);
      b.hat1.init(frames, n), b.n1.init(frames, n), b.saved.init(frames, 4 * n);
      b.h.init(frames + 1, n), b.hat2.init(frames, n), b.n2.init(frames, n), b.y.init(frames, n);
      b.scale1.init(frames, rows), b.scale2.init(frames, rows);
    }
    squeeze.init(c, squeeze_), wide.init(p * squeeze_, wide_, batch);
    expand.init(wide_, p * squeeze_), excite.init(squeeze_, c), speech.init(wide_, 1);
    even2.init(2 * c, conv), odd2.init(2 * c, conv);
    even1.init(2 * conv, detail_), odd1.init(2 * conv, detail_);
    detail.init(kMaps, detail_), gain.init(3 * detail_, 2);
    maps_.init(frames, batch * (kBands + 4) * kMaps);
    e1.init(frames, batch * (2 * p + 2) * conv), x0.init(frames, n);
    s.init(frames, rows * squeeze_), wsaved.init(frames, 4 * batch * wide_);
    wh.init(frames + 1, batch * wide_), back.init(frames, rows * squeeze_);
    last.init(frames, batch * (p + 2) * c), d2.init(frames, batch * (2 * p + 2) * conv);
    d1.init(frames, batch * (kBands + 2) * detail_);
    for (auto* v : {&x, &tmp, &dx, &dtmp, &dn}) v->assign(n + kSlack, 0);
    place.assign(p * c, 0), dplace.assign(p * c, 0);
    dlast.assign(last.size + kSlack, 0), de1.assign(e1.size + kSlack, 0), dd2.assign(d2.size + kSlack, 0);
    dd1.assign(d1.size + kSlack, 0), dwide.assign(batch * wide_ + kSlack, 0);
    dflat.assign(rows * squeeze_ + kSlack, 0), dback.assign(rows * squeeze_ + kSlack, 0);
    square.assign(2 * p * std::max<int64_t>(p, c) + kSlack, 0);
    register_parameters();
  }

  std::vector<std::string> names() const { return order; }

  // maps (T, B, 128, 6), states as Network.initial_state, parameters in names() order.
  // Returns logits (T, B, 128, 2), speech (T, B) and the states after.
  std::vector<at::Tensor> forward(at::Tensor maps, std::vector<at::Tensor> states,
                                  std::vector<at::Tensor> parameters) {
    for (size_t i = 0; i < order.size(); i++) setters[i](parameters[i].data_ptr<float>());
    auto out = at::empty({frames, batch, kBands, 2}, maps.options());
    auto voice = at::empty({frames, batch}, maps.options());
    for (size_t i = 0; i < blocks.size(); i++) copy(blocks[i].h.at(0), states[i]);
    copy(wh.at(0), states.back());
    for (int64_t t = 0; t < frames; t++) {
      encode(t, maps.data_ptr<float>() + t * batch * kBands * kMaps);
      for (size_t i = 0; i < blocks.size(); i++) {
        block_forward(blocks[i], t);
        if (i == 0) wide_forward(t, voice.data_ptr<float>() + t * batch);
      }
      decode(t, out.data_ptr<float>() + t * batch * kBands * 2);
    }
    std::vector<at::Tensor> result{out, voice};
    for (size_t i = 0; i < blocks.size(); i++) {
      result.push_back(at::empty({batch * p, c}, maps.options()));
      std::memcpy(result.back().data_ptr<float>(), blocks[i].h.at(frames), batch * p * c * 4);
    }
    result.push_back(at::empty({batch, wide_}, maps.options()));
    std::memcpy(result.back().data_ptr<float>(), wh.at(frames), batch * wide_ * 4);
    return result;
  }

  // Gradients of all parameters in names() order.
  std::vector<at::Tensor> backward(at::Tensor dout, at::Tensor dvoice,
                                   std::vector<at::Tensor> parameters) {
    for (auto& b : blocks) {
      std::fill(b.gru.carry.begin(), b.gru.carry.end(), 0.f);
      std::fill(b.gru.dbn.begin(), b.gru.dbn.end(), 0.f);
    }
    std::fill(wide.carry.begin(), wide.carry.end(), 0.f);
    std::fill(wide.dbn.begin(), wide.dbn.end(), 0.f);
    std::fill(dplace.begin(), dplace.end(), 0.f);
    for (int64_t t = frames - 1; t >= 0; t--) {
      decode_backward(t, dout.data_ptr<float>() + t * batch * kBands * 2);
      for (int i = int(blocks.size()) - 1; i >= 0; i--) {
        if (i == 0) wide_backward(t, dvoice.data_ptr<float>() + t * batch);
        block_backward(blocks[i], t);
      }
      encode_backward(t);
    }
    std::vector<at::Tensor> grads;
    for (size_t i = 0; i < order.size(); i++) {
      grads.push_back(at::empty_like(parameters[i]));
      getters[i](grads.back().data_ptr<float>());
    }
    return grads;
  }

 private:
  int conv, c, squeeze_, wide_, detail_, p;
  int64_t frames, batch;
  std::vector<Block> blocks;
  Linear encoder1, encoder2, squeeze, expand, excite, speech, even2, odd2, even1, odd1, detail, gain;
  Gru wide;
  Store maps_, e1, x0, s, wsaved, wh, back, last, d2, d1;
  std::vector<float> x, tmp, dx, dtmp, dn, place, dplace, dlast, de1, dd2, dd1, dwide, dflat, dback, square;
  std::vector<std::string> order;
  std::vector<std::function<void(const float*)>> setters;
  std::vector<std::function<void(float*)>> getters;

  void copy(float* to, const at::Tensor& from) {
    auto f = from.contiguous();
    std::memcpy(to, f.data_ptr<float>(), f.numel() * 4);
  }

  void encode(int64_t t, const float* input) {
    for (int64_t b = 0; b < batch; b++) {
      float* m = maps_.at(t) + b * (kBands + 4) * kMaps;
      std::memcpy(m + 2 * kMaps, input + b * kBands * kMaps, kBands * kMaps * 4);
      float* e = e1.at(t) + b * (2 * p + 2) * conv;
      encoder1.forward(2 * p, m, 2 * kMaps, e + conv, conv);
      relu(e + conv, 2 * p * conv);
      float* y = x0.at(t) + b * p * c;
      encoder2.forward(p, e, 2 * conv, y, c);
      relu(y, p * c);
      std::memcpy(x.data() + b * p * c, y, p * c * 4);
      add(x.data() + b * p * c, place.data(), p * c);
    }
  }

  void block_forward(Block& k, int64_t t) {
    const int64_t rows = batch * p;
    k.norm_time.forward(rows, x.data(), k.hat1.at(t), k.scale1.at(t), k.n1.at(t));
    k.gru.forward(rows, k.n1.at(t), k.h.at(t), k.saved.at(t), k.h.at(t + 1));
    add(x.data(), k.h.at(t + 1), rows * c);
    k.norm_mix.forward(rows, x.data(), k.hat2.at(t), k.scale2.at(t), k.n2.at(t));
    float* y = k.y.at(t);
    for (int64_t i = 0; i < rows; i++)
      for (int j = 0; j < c; j++) y[i * c + j] = k.positions.b[i % p];
    // y[q, c] = sum over p of W[q, p] n2[p, c]: wt holds W with rows q.
    for (int64_t b = 0; b < batch; b++)
      product(p, k.positions.wt.data(), k.positions.ldt, k.n2.at(t) + b * p * c, c, nullptr,
              y + b * p * c, c, p, c, true);
    relu(y, rows * c);
    k.mix.forward(rows, y, c, x.data(), c, true);
  }

  void wide_forward(int64_t t, float* voice) {
    const int64_t rows = batch * p;
    squeeze.forward(rows, x.data(), c, s.at(t), squeeze_);
    relu(s.at(t), rows * squeeze_);
    // The squeeze reads x as it was; the backward pass needs that too.
    std::memcpy(keep(t), x.data(), rows * c * 4);
    wide.forward(batch, s.at(t), wh.at(t), wsaved.at(t), wh.at(t + 1));
    expand.forward(batch, wh.at(t + 1), wide_, back.at(t), p * squeeze_);
    relu(back.at(t), rows * squeeze_);
    excite.forward(rows, back.at(t), squeeze_, x.data(), c, true);
    speech.forward(batch, wh.at(t + 1), wide_, voice, 1);
  }

  std::vector<float> kept;
  float* keep(int64_t t) {
    const int64_t n = batch * p * c;
    if (kept.empty()) kept.assign(frames * n + kSlack, 0);
    return kept.data() + t * n;
  }

  void decode(int64_t t, float* out) {
    for (int64_t b = 0; b < batch; b++) {
      float* l = last.at(t) + b * (p + 2) * c;
      std::memcpy(l + c, x.data() + b * p * c, p * c * 4);
      float* y = d2.at(t) + b * (2 * p + 2) * conv;
      even2.forward(p, l, c, y + conv, 2 * conv);
      odd2.forward(p, l + c, c, y + 2 * conv, 2 * conv);
      add(y + conv, e1.at(t) + b * (2 * p + 2) * conv + conv, 2 * p * conv);
      relu(y + conv, 2 * p * conv);
      float* z = d1.at(t) + b * (kBands + 2) * detail_ + detail_;
      even1.forward(2 * p, y, conv, z, 2 * detail_);
      odd1.forward(2 * p, y + conv, conv, z + detail_, 2 * detail_);
      detail.forward(kBands, maps_.at(t) + (b * (kBands + 4) + 2) * kMaps, kMaps, z, detail_, true);
      relu(z, kBands * detail_);
      gain.forward(kBands, z - detail_, detail_, out + b * kBands * 2, 2);
    }
  }

  void decode_backward(int64_t t, const float* dout) {
    std::fill(dd1.begin(), dd1.end(), 0.f), std::fill(dd2.begin(), dd2.end(), 0.f);
    std::fill(dlast.begin(), dlast.end(), 0.f), std::fill(de1.begin(), de1.end(), 0.f);
    for (int64_t b = 0; b < batch; b++) {
      float* z = d1.at(t) + b * (kBands + 2) * detail_;
      float* dz = dd1.data() + b * (kBands + 2) * detail_;
     
      gain.backward(kBands, z, detail_, dout + b * kBands * 2, 2, dz);
      relu_gradient(z + detail_, dz + detail_, kBands * detail_);
      detail.backward(kBands, maps_.at(t) + (b * (kBands + 4) + 2) * kMaps, kMaps, dz + detail_, detail_, nullptr);
      float* y = d2.at(t) + b * (2 * p + 2) * conv;
      float* dy = dd2.data() + b * (2 * p + 2) * conv;
      even1.backward(2 * p, y, conv, dz + detail_, 2 * detail_, dy);
      odd1.backward(2 * p, y + conv, conv, dz + 2 * detail_, 2 * detail_, dy + conv);
      relu_gradient(y + conv, dy + conv, 2 * p * conv);
      add(de1.data() + (b * (2 * p + 2) + 1) * conv, dy + conv, 2 * p * conv);
      float* l = last.at(t) + b * (p + 2) * c;
      float* dl = dlast.data() + b * (p + 2) * c;
      even2.backward(p, l, c, dy + conv, 2 * conv, dl);
      odd2.backward(p, l + c, c, dy + 2 * conv, 2 * conv, dl + c);
      std::memcpy(dx.data() + b * p * c, dl + c, p * c * 4);
    }
  }

  void wide_backward(int64_t t, const float* dvoice) {
    const int64_t rows = batch * p;
    std::fill(dwide.begin(), dwide.end(), 0.f), std::fill(dback.begin(), dback.end(), 0.f);
    std::fill(dflat.begin(), dflat.end(), 0.f);
    for (int64_t b = 0; b < batch; b++) {
      const float d = dvoice[b], *h = wh.at(t + 1) + b * wide_;
      for (int i = 0; i < wide_; i++) {
        speech.dw[i * speech.ldw] += d * h[i];
        dwide[b * wide_ + i] += d * speech.w[i * speech.ldw];
      }
      speech.db[0] += d;
    }
    excite.backward(rows, back.at(t), squeeze_, dx.data(), c, dback.data());
    relu_gradient(back.at(t), dback.data(), rows * squeeze_);
    expand.backward(batch, wh.at(t + 1), wide_, dback.data(), p * squeeze_, dwide.data());
    wide.backward(batch, s.at(t), wh.at(t), wsaved.at(t), dwide.data(), dflat.data());
    relu_gradient(s.at(t), dflat.data(), rows * squeeze_);
    squeeze.backward(rows, keep(t), c, dflat.data(), squeeze_, dx.data());
  }

  void block_backward(Block& k, int64_t t) {
    const int64_t rows = batch * p, n = rows * c;
    std::memset(dtmp.data(), 0, n * 4), std::memset(dn.data(), 0, n * 4);
    k.mix.backward(rows, k.y.at(t), c, dx.data(), c, dtmp.data());
    relu_gradient(k.y.at(t), dtmp.data(), n);
    for (int64_t b = 0; b < batch; b++) {
      const float *dy = dtmp.data() + b * p * c, *n2 = k.n2.at(t) + b * p * c;
      for (int q = 0; q < p; q++)
        for (int j = 0; j < c; j++) k.positions.db[q] += dy[q * c + j];
      // dn[p, c] += sum over q of W[q, p] dy[q, c]: w holds W transposed, rows p.
      product(p, k.positions.w.data(), k.positions.ldw, dy, c, nullptr, dn.data() + b * p * c, c, p, c, true);
      // dw[p, q] += sum over c of n2[p, c] dy[q, c].
      transpose(dy, c, square.data(), p, p, c);
      product(p, n2, c, square.data(), p, nullptr, k.positions.dw.data(), k.positions.ldw, c, p, true);
    }
    k.norm_mix.backward(rows, k.hat2.at(t), k.scale2.at(t), dn.data(), dx.data());
    std::memset(dn.data(), 0, n * 4);
    k.gru.backward(rows, k.n1.at(t), k.h.at(t), k.saved.at(t), dx.data(), dn.data());
    k.norm_time.backward(rows, k.hat1.at(t), k.scale1.at(t), dn.data(), dx.data());
  }

  void encode_backward(int64_t t) {
    for (int64_t b = 0; b < batch; b++) {
      float* d = dx.data() + b * p * c;
      add(dplace.data(), d, p * c);
      relu_gradient(x0.at(t) + b * p * c, d, p * c);
      float* e = e1.at(t) + b * (2 * p + 2) * conv;
      float* de = de1.data() + b * (2 * p + 2) * conv;
      encoder2.backward(p, e, 2 * conv, d, c, de);
      relu_gradient(e + conv, de + conv, 2 * p * conv);
      encoder1.backward(2 * p, maps_.at(t) + b * (kBands + 4) * kMaps, 2 * kMaps, de + conv, conv, nullptr);
    }
  }

  void expose(const std::string& name, std::function<void(const float*)> set,
              std::function<void(float*)> get) {
    order.push_back(name), setters.push_back(set), getters.push_back(get);
  }
  // A linear layer's weight and bias arrive one after the other.
  void expose_linear(const std::string& name, Linear& l) {
    expose(name + ".weight", [&l](const float* w) { l.set(w, nullptr); },
           [&l](float* w) { l.get(w, nullptr); });
    expose(name + ".bias", [&l](const float* b) { std::memcpy(l.b.data(), b, l.out * 4); },
           [&l](float* b) { std::memcpy(b, l.db.data(), l.out * 4); });
  }
  void expose_vector(const std::string& name, std::vector<float>& v, std::vector<float>& d, size_t n) {
    expose(name, [&v, n](const float* x) { std::memcpy(v.data(), x, n * 4); },
           [&d, n](float* x) { std::memcpy(x, d.data(), n * 4); });
  }
  void expose_norm(const std::string& name, Norm& m) {
    expose(name + ".weight", [&m](const float* g) { m.set(g, m.b.data()); },
           [&m](float* g) { std::memcpy(g, m.dg.data(), m.c * 4); });
    expose_vector(name + ".bias", m.b, m.db, m.c);
  }
  void expose_gru(const std::string& name, Gru& g) {
    expose_linear(name + ".input", g.input);
    expose(name + ".recurrent", [&g](const float* u) { g.recurrent.set(u, nullptr, true); },
           [&g](float* u) { g.recurrent.get(u, nullptr, true); });
    expose_vector(name + ".bias_n", g.bn, g.dbn, g.c);
  }
  void register_parameters() {
    expose_linear("encoder1.linear", encoder1), expose_linear("encoder2.linear", encoder2);
    expose_vector("place", place, dplace, place.size());
    for (size_t i = 0; i < blocks.size(); i++) {
      Block& b = blocks[i];
      const std::string n = "blocks." + std::to_string(i) + ".";
      expose_norm(n + "norm_time", b.norm_time), expose_gru(n + "gru", b.gru);
      expose_norm(n + "norm_mix", b.norm_mix), expose_linear(n + "positions", b.positions);
      expose_linear(n + "mix", b.mix);
    }
    expose_linear("squeeze", squeeze), expose_gru("wide", wide), expose_linear("expand", expand);
    expose_linear("excite", excite), expose_linear("speech", speech);
    expose_linear("decoder2.even", even2), expose_linear("decoder2.odd", odd2);
    expose_linear("decoder1.even", even1), expose_linear("decoder1.odd", odd1);
    expose_linear("detail", detail), expose_linear("gain", gain);
  }
};

PYBIND11_MODULE(TORCH_EXTENSION_NAME, m) {
  pybind11::class_<Network>(m, "Network")
      .def(pybind11::init<std::vector<int64_t>, int64_t, int64_t>())
      .def("names", &Network::names)
      .def("forward", &Network::forward)
      .def("backward", &Network::backward);
}
