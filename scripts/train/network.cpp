// The whole network, forward and backward, frame by frame, so that a frame's activations
// stay in the cache. network.py defines the same computation in PyTorch and checks this
// one against it (scripts/train --smoke).
//
// Buffers are (frames, batch, positions + padding, channels); the padding positions are
// zero, which turns every convolution into a product on overlapping rows (gemm.h).
#include <torch/extension.h>

#include <cstring>
#include <string>
#include <vector>

#include "block.h"
#include "parameters.h"

using namespace stillmic;

namespace {

constexpr int kMaps = 6, kBands = 128;

}  // namespace

class Network {
 public:
  // shape: conv, channels, blocks, squeeze, wide, detail.
  Network(std::vector<int64_t> shape, int64_t frames, int64_t batch)
      : conv(shape[0]), c(shape[1]), squeeze_(shape[3]), wide_(shape[4]), detail_(shape[5]),
        p(kBands / 4), frames(frames), batch(batch), blocks(shape[2]) {
    const int64_t rows = batch * p, n = rows * c;
    encoder1.init(5 * kMaps, conv), encoder2.init(3 * conv, c);
    for (auto& b : blocks) b.init(frames, batch, p, c);
    work.init(rows, p, c);
    squeeze.init(c, squeeze_), wide.init(p * squeeze_, wide_, batch);
    expand.init(wide_, p * squeeze_), excite.init(squeeze_, c), speech.init(wide_, 1);
    even2.init(2 * c, conv), odd2.init(2 * c, conv);
    even1.init(2 * conv, detail_), odd1.init(2 * conv, detail_);
    detail.init(kMaps, detail_), gain.init(3 * detail_, 2);
    maps_.init(frames, batch * (kBands + 4) * kMaps);
    e1.init(frames, batch * (2 * p + 2) * conv), x0.init(frames, n);
    s.init(frames, rows * squeeze_), wsaved.init(frames, 4 * batch * wide_);
    wh.init(frames + 1, batch * wide_), back.init(frames, rows * squeeze_), kept.init(frames, n);
    wgates.init(kTogether, 4 * batch * wide_);
    last.init(frames, batch * (p + 2) * c), d2.init(frames, batch * (2 * p + 2) * conv);
    d1.init(frames, batch * (kBands + 2) * detail_);
    for (auto* v : {&x, &dx}) v->assign(n + kSlack, 0);
    place.assign(p * c, 0), dplace.assign(p * c, 0);
    dlast.assign(last.size + kSlack, 0), de1.assign(e1.size + kSlack, 0), dd2.assign(d2.size + kSlack, 0);
    dd1.assign(d1.size + kSlack, 0), dwide.assign(batch * wide_ + kSlack, 0);
    dflat.assign(rows * squeeze_ + kSlack, 0), dback.assign(rows * squeeze_ + kSlack, 0);
    register_parameters();
  }

  std::vector<std::string> names() const { return all.names(); }

  // maps (T, B, 128, 6), states as Network.initial_state, parameters in names() order.
  // Returns logits (T, B, 128, 2), speech (T, B) and the states after.
  std::vector<at::Tensor> forward(at::Tensor maps, std::vector<at::Tensor> states,
                                  std::vector<at::Tensor> parameters) {
    for (size_t i = 0; i < parameters.size(); i++) all.set(i, parameters[i].data_ptr<float>());
    for (auto& b : blocks) b.start_forward();
    auto out = at::empty({frames, batch, kBands, 2}, maps.options());
    auto voice = at::empty({frames, batch}, maps.options());
    for (size_t i = 0; i < blocks.size(); i++) copy(blocks[i].h.at(0), states[i]);
    copy(wh.at(0), states.back());
    for (int64_t t = 0; t < frames; t++) {
      encode(t, maps.data_ptr<float>() + t * batch * kBands * kMaps);
      for (size_t i = 0; i < blocks.size(); i++) {
        blocks[i].forward(t, x, work);
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
    for (auto& b : blocks) b.start_backward();
    wide.start_backward();
    std::fill(dplace.begin(), dplace.end(), 0.f);
    for (int64_t t = frames - 1; t >= 0; t--) {
      decode_backward(t, dout.data_ptr<float>() + t * batch * kBands * 2);
      for (int i = int(blocks.size()) - 1; i >= 0; i--) {
        if (i == 0) wide_backward(t, dvoice.data_ptr<float>() + t * batch);
        blocks[i].backward(t, dx, work);
      }
      encode_backward(t);
    }
    for (auto& b : blocks) b.end_backward();
    std::vector<at::Tensor> grads;
    for (size_t i = 0; i < parameters.size(); i++) {
      grads.push_back(at::empty_like(parameters[i]));
      all.gradient(i, grads.back().data_ptr<float>());
    }
    return grads;
  }

 private:
  static constexpr int64_t kTogether = 16;  // frames whose wide gates are kept for one product
  int conv, c, squeeze_, wide_, detail_, p;
  int64_t frames, batch;
  std::vector<Block> blocks;
  Linear encoder1, encoder2, squeeze, expand, excite, speech, even2, odd2, even1, odd1, detail, gain;
  Gru wide;
  Store maps_, e1, x0, s, wsaved, wh, back, kept, last, d2, d1, wgates;
  Scratch work;
  Floats x, dx, place, dplace, dlast, de1, dd2, dd1, dwide, dflat, dback;
  Parameters all;

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

  void wide_forward(int64_t t, float* voice) {
    const int64_t rows = batch * p;
    squeeze.forward(rows, x.data(), c, s.at(t), squeeze_);
    relu(s.at(t), rows * squeeze_);
    // The squeeze reads x as it was; the backward pass needs that too.
    std::memcpy(kept.at(t), x.data(), rows * c * 4);
    wide.forward(batch, s.at(t), wh.at(t), wsaved.at(t), wh.at(t + 1));
    expand.forward(batch, wh.at(t + 1), wide_, back.at(t), p * squeeze_);
    relu(back.at(t), rows * squeeze_);
    excite.forward(rows, back.at(t), squeeze_, x.data(), c, true);
    speech.forward(batch, wh.at(t + 1), wide_, voice, 1);
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
    // The gradients of so large a matrix are worth touching for many frames at once only.
    float* gates = wgates.at(t % kTogether);
    wide.gate_gradient(batch, wh.at(t), wsaved.at(t), dwide.data(), gates);
    wide.state_gradient(batch, gates, dflat.data());
    if (t % kTogether == 0)
      wide.parameter_gradient(batch * std::min(kTogether, frames - t), s.at(t), wh.at(t), gates);
    relu_gradient(s.at(t), dflat.data(), rows * squeeze_);
    squeeze.backward(rows, kept.at(t), c, dflat.data(), squeeze_, dx.data());
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

  void register_parameters() {
    all.linear("encoder1.linear", encoder1), all.linear("encoder2.linear", encoder2);
    all.vector("place", place, dplace, place.size());
    for (size_t i = 0; i < blocks.size(); i++) {
      Block& b = blocks[i];
      const std::string n = "blocks." + std::to_string(i) + ".";
      all.norm(n + "norm_time", b.norm_time), all.gru(n + "gru", b.gru);
      all.norm(n + "norm_mix", b.norm_mix), all.linear(n + "positions", b.positions);
      all.linear(n + "mix", b.mix);
    }
    all.linear("squeeze", squeeze), all.gru("wide", wide), all.linear("expand", expand);
    all.linear("excite", excite), all.linear("speech", speech);
    all.linear("decoder2.even", even2), all.linear("decoder2.odd", odd2);
    all.linear("decoder1.even", even1), all.linear("decoder1.odd", odd1);
    all.linear("detail", detail), all.linear("gain", gain);
  }
};

PYBIND11_MODULE(TORCH_EXTENSION_NAME, m) {
  pybind11::class_<Network>(m, "Network")
      .def(pybind11::init<std::vector<int64_t>, int64_t, int64_t>())
      .def("names", &Network::names)
      .def("forward", &Network::forward)
      .def("backward", &Network::backward);
}
