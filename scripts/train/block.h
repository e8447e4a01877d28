// One block: a GRU over time shared by the positions, then mixing across positions and
// across channels; both with a layer norm before and the input added back.
#pragma once
#include "gru.h"

namespace stillmic {

// What the blocks of a network compute in, one after the other.
struct Scratch {
  Floats tmp, dtmp, dn, dgates, square;

  // rows: batch x positions p, of c channels each.
  void init(int64_t rows, int64_t p, int64_t c) {
    for (auto* v : {&tmp, &dtmp, &dn}) v->assign(rows * c + kSlack, 0);
    dgates.assign(4 * rows * c + kSlack, 0);
    square.assign(2 * p * std::max<int64_t>(p, c) + kSlack, 0);
  }
};

struct Block {
  int p, c;
  int64_t batch, rows;
  Norm norm_time, norm_mix;
  Gru gru;
  Linear positions, mix;
  Store hat1, scale1, saved, h, hat2, scale2, y;
  Floats bias, dbias;  // of positions, one row of c for each

  void init(int64_t frames, int64_t items, int places, int channels) {
    batch = items, p = places, c = channels, rows = batch * p;
    const int64_t n = rows * c;
    norm_time.init(c), norm_mix.init(c), gru.init(c, c, rows);
    positions.init(p, p), mix.init(c, c), bias.assign(p * c, 0), dbias.assign(p * c, 0);
    hat1.init(frames, n), saved.init(frames, 4 * n), h.init(frames + 1, n);
    hat2.init(frames, n), y.init(frames, n);
    scale1.init(frames, rows), scale2.init(frames, rows);
  }

  // After the parameters have come in.
  void start_forward() {
    for (int i = 0; i < p * c; i++) bias[i] = positions.b[i / c];
  }
  void start_backward() { gru.start_backward(), std::fill(dbias.begin(), dbias.end(), 0.f); }
  // Before the gradients go out.
  void end_backward() {
    for (int i = 0; i < p * c; i++) positions.db[i / c] += dbias[i];
  }

  // One frame of x (rows, c), in place.
  void forward(int64_t t, Floats& x, Scratch& work) {
    auto& tmp = work.tmp;
    norm_time.forward(rows, x.data(), hat1.at(t), scale1.at(t), tmp.data());
    gru.forward(rows, tmp.data(), h.at(t), saved.at(t), h.at(t + 1));
    add(x.data(), h.at(t + 1), rows * c);
    norm_mix.forward(rows, x.data(), hat2.at(t), scale2.at(t), tmp.data());
    // y[q, c] = sum over p of W[q, p] tmp[p, c]: wt holds W with rows q.
    for (int64_t b = 0; b < batch; b++) {
      float* out = y.at(t) + b * p * c;
      std::memcpy(out, bias.data(), p * c * 4);
      product(p, positions.wt.data(), positions.ldt, tmp.data() + b * p * c, c, nullptr, out, c, p, c, true);
    }
    relu(y.at(t), rows * c);
    mix.forward(rows, y.at(t), c, x.data(), c, true);
  }

  // The gradient dx of one frame, in place; the frames come last first.
  void backward(int64_t t, Floats& dx, Scratch& work) {
    auto &[tmp, dtmp, dn, dgates, square] = work;
    const int64_t n = rows * c;
    std::memset(dtmp.data(), 0, n * 4), std::memset(dn.data(), 0, n * 4);
    mix.backward(rows, y.at(t), c, dx.data(), c, dtmp.data());
    relu_gradient(y.at(t), dtmp.data(), n);
    norm_mix.again(rows, hat2.at(t), tmp.data());
    for (int64_t b = 0; b < batch; b++) {
      const float *dy = dtmp.data() + b * p * c, *n2 = tmp.data() + b * p * c;
      add(dbias.data(), dy, p * c);
      // dn[p, c] += sum over q of W[q, p] dy[q, c]: w holds W transposed, rows p.
      product(p, positions.w.data(), positions.ldw, dy, c, nullptr, dn.data() + b * p * c, c, p, c, true);
      // dw[p, q] += sum over c of n2[p, c] dy[q, c].
      transpose(dy, c, square.data(), p, p, c);
      product(p, n2, c, square.data(), p, nullptr, positions.dw.data(), positions.ldw, c, p, true);
    }
    norm_mix.backward(rows, hat2.at(t), scale2.at(t), dn.data(), dx.data());
    std::memset(dn.data(), 0, n * 4);
    norm_time.again(rows, hat1.at(t), tmp.data());
    gru.gate_gradient(rows, h.at(t), saved.at(t), dx.data(), dgates.data());
    gru.state_gradient(rows, dgates.data(), dn.data());
    gru.parameter_gradient(rows, tmp.data(), h.at(t), dgates.data());
    norm_time.backward(rows, hat1.at(t), scale1.at(t), dn.data(), dx.data());
  }
};

}  // namespace stillmic
