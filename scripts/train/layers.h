// Linear layers, layer norms and stored activations, forward and backward.
#pragma once
#include <cstring>

#include "gemm.h"

namespace stillmic {

constexpr int kSlack = 64;  // floats after every buffer: the products read whole vectors

// A linear layer's weights in the layouts that the products want, and their gradients.
struct Linear {
  int in, out, ldw, ldt;
  Floats w, wt, b, dw, db;

  void init(int inputs, int outputs) {
    in = inputs, out = outputs, ldw = padded(out), ldt = padded(in);
    w.assign(in * ldw + kSlack, 0), wt.assign(out * ldt + kSlack, 0), b.assign(ldw + kSlack, 0);
    dw.assign(in * ldw + kSlack, 0), db.assign(ldw + kSlack, 0);
  }
  // weight is (out, in) as torch.nn.Linear keeps it. Forgets the gradients.
  void set(const float* weight) {
    for (int i = 0; i < in; i++)
      for (int o = 0; o < out; o++) w[i * ldw + o] = wt[o * ldt + i] = weight[o * in + i];
    std::fill(dw.begin(), dw.end(), 0.f), std::fill(db.begin(), db.end(), 0.f);
  }
  void get(float* weight) const {
    for (int i = 0; i < in; i++)
      for (int o = 0; o < out; o++) weight[o * in + i] = dw[i * ldw + o];
  }
  void forward(int64_t rows, const float* a, int64_t lda, float* y, int64_t ldy,
               bool add = false) const {
    product(rows, a, lda, w.data(), ldw, b.data(), y, ldy, in, out, add);
  }
  // da may be null; it is added to.
  void backward(int64_t rows, const float* a, int64_t lda, const float* dy, int64_t ldy, float* da) {
    weight_gradient(rows, a, lda, dy, ldy, dw.data(), ldw, in, out);
    column_sums(rows, dy, ldy, db.data(), out);
    if (da) product(rows, dy, ldy, wt.data(), ldt, nullptr, da, lda, out, in, true);
  }
};

// Layer norm over c channels, a multiple of 16.
struct Norm {
  int c;
  Floats g, b, dg, db;

  void init(int channels) {
    c = channels;
    for (auto* v : {&g, &b, &dg, &db}) v->assign(c, 0);
  }
  void set(const float* gain) {
    std::memcpy(g.data(), gain, c * 4);
    std::fill(dg.begin(), dg.end(), 0.f), std::fill(db.begin(), db.end(), 0.f);
  }
  // hat and scale are kept for the backward pass, y = hat g + b.
  void forward(int64_t rows, const float* x, float* hat, float* scale, float* y) const {
    for (int64_t r = 0; r < rows; r++, x += c, hat += c, y += c) {
      Vec total{}, square{};
      for (int i = 0; i < c; i += kLanes) total += load(x + i);
      const float mean = sum(total) / c;
      for (int i = 0; i < c; i += kLanes) square += (load(x + i) - mean) * (load(x + i) - mean);
      scale[r] = 1.f / std::sqrt(sum(square) / c + 1e-5f);
      for (int i = 0; i < c; i += kLanes) {
        const Vec h = (load(x + i) - mean) * scale[r];
        store(hat + i, h), store(y + i, h * load(&g[i]) + load(&b[i]));
      }
    }
  }
  // y again, from hat.
  void again(int64_t rows, const float* hat, float* y) const {
    for (int64_t r = 0; r < rows; r++, hat += c, y += c)
      for (int i = 0; i < c; i += kLanes) store(y + i, load(hat + i) * load(&g[i]) + load(&b[i]));
  }
  // dx is added to.
  void backward(int64_t rows, const float* hat, const float* scale, const float* dy, float* dx) {
    for (int64_t r = 0; r < rows; r++, hat += c, dy += c, dx += c) {
      Vec plain{}, along{};
      for (int i = 0; i < c; i += kLanes) {
        const Vec y = load(dy + i), h = load(hat + i), d = y * load(&g[i]);
        plain += d, along += d * h;
        store(&dg[i], load(&dg[i]) + y * h), store(&db[i], load(&db[i]) + y);
      }
      const float a = sum(plain) / c, s = sum(along) / c;
      for (int i = 0; i < c; i += kLanes)
        store(dx + i, load(dx + i) + scale[r] * (load(dy + i) * load(&g[i]) - a - load(hat + i) * s));
    }
  }
};

// Activations of every frame of a chunk, one frame after another.
struct Store {
  int64_t size = 0;
  Floats data;
  void init(int64_t frames, int64_t per_frame) {
    size = per_frame;
    data.assign(frames * size + kSlack, 0);
  }
  float* at(int64_t t) { return data.data() + t * size; }
};

}  // namespace stillmic
