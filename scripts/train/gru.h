// A gated recurrent unit, one time step of many rows at once, forward and backward.
//
// Gate columns: the input's weights are kept in the order n, r, z and the recurrent ones in
// the order r, z, n. One row of gradients [n, r, z, n'] then serves both, where n is the
// candidate before its tanh and n' the part of it that comes from the state.
#pragma once
#include "layers.h"

namespace stillmic {

struct Gru {
  int in, c;
  Linear input;                                  // columns n, r, z
  Floats packed_input, packed_state; // for the forward pass: [pass][row][3 x 16 NV]
  Floats ut, du, bn, dbn;            // recurrent weights: transposed (3c, c), gradient (c, 3c)
  Floats carry;                      // gradient by the state, from the frame after

  int vectors() const { return c % (2 * kLanes) ? 1 : 2; }  // per gate and pass

  void init(int inputs, int channels, int64_t rows) {
    if (channels % kLanes) throw std::invalid_argument("a GRU's channels must be a multiple of 16");
    in = inputs, c = channels;
    input.init(in, 3 * c);
    packed_input.assign(in * 3 * c + kSlack, 0), packed_state.assign(c * 3 * c + kSlack, 0);
    ut.assign(3 * c * c + kSlack, 0), du.assign(3 * c * c + kSlack, 0);
    bn.assign(c, 0), dbn.assign(c, 0), carry.assign(rows * c, 0);
  }

  // -- parameters, gates in the order r, z, n as network.py keeps them ---------------------

  void set_input(const float* weight) {  // (3c, in)
    Floats turned(3 * c * in);
    rotate(weight, turned.data(), c * in);
    input.set(turned.data());
    pack(input.w.data(), input.ldw, in, packed_input.data());
  }
  void get_input(float* weight) const {
    Floats turned(3 * c * in);
    input.get(turned.data());
    unrotate(turned.data(), weight, c * in);
  }
  void set_bias(const float* bias) { rotate(bias, input.b.data(), c); }
  void get_bias(float* bias) const { unrotate(input.db.data(), bias, c); }
  void set_state(const float* weight) {  // (c, 3c)
    for (int i = 0; i < c; i++)
      for (int o = 0; o < 3 * c; o++) ut[o * c + i] = weight[i * 3 * c + o];
    pack(weight, 3 * c, c, packed_state.data());
    std::fill(du.begin(), du.end(), 0.f);
  }

  // -- one step ----------------------------------------------------------------------------

  // x (rows, in), before and h (rows, c). saved keeps r, z, n and n', 4c per row.
  void forward(int64_t rows, const float* x, const float* before, float* saved, float* h) const {
    const int nv = vectors();
    for (int pass = 0; pass < c / (nv * kLanes); pass++)
      nv == 2 ? steps<2>(pass, rows, x, before, saved, h) : steps<1>(pass, rows, x, before, saved, h);
  }

  // dh is the gradient from above; carry brings the one from the next frame and leaves the
  // one for the frame before. dgates gets the rows [n, r, z, n'].
  void gate_gradient(int64_t rows, const float* before, const float* saved, const float* dh, float* dgates) {
    for (int k = 0; k < c; k += kLanes) {
      Vec sums{};
      for (int64_t i = 0; i < rows; i++) {
        const float* s = saved + i * 4 * c + k;
        float *g = dgates + i * 4 * c + k, *pc = carry.data() + i * c + k;
        const Vec r = load(s), z = load(s + c), n = load(s + 2 * c), a = load(s + 3 * c);
        const Vec d = load(dh + i * c + k) + load(pc);
        const Vec dn = d * (1.f - z) * (1.f - n * n);
        store(g, dn), store(g + c, dn * a * r * (1.f - r));
        store(g + 2 * c, d * (load(before + i * c + k) - n) * z * (1.f - z));
        store(g + 3 * c, dn * r), store(pc, d * z);
        sums += dn * r;
      }
      store(&dbn[k], load(&dbn[k]) + sums);
    }
  }
  // dx is added to.
  void state_gradient(int64_t rows, const float* dgates, float* dx) {
    product(rows, dgates, 4 * c, input.wt.data(), input.ldt, nullptr, dx, in, 3 * c, in, true);
    product(rows, dgates + c, 4 * c, ut.data(), c, nullptr, carry.data(), c, 3 * c, c, true);
  }
  void parameter_gradient(int64_t rows, const float* x, const float* before, const float* dgates) {
    weight_gradient(rows, x, in, dgates, 4 * c, input.dw.data(), input.ldw, in, 3 * c);
    column_sums(rows, dgates, 4 * c, input.db.data(), 3 * c);
    weight_gradient(rows, before, c, dgates + c, 4 * c, du.data(), 3 * c, c, 3 * c);
  }
  void start_backward() {
    std::fill(carry.begin(), carry.end(), 0.f), std::fill(dbn.begin(), dbn.end(), 0.f);
  }

 private:
  // Thirds r, z, n to n, r, z and back.
  static void rotate(const float* from, float* to, int64_t third) {
    std::memcpy(to, from + 2 * third, third * 4), std::memcpy(to + third, from, 2 * third * 4);
  }
  static void unrotate(const float* from, float* to, int64_t third) {
    std::memcpy(to + 2 * third, from, third * 4), std::memcpy(to, from + third, 2 * third * 4);
  }
  // Rows of three gates to what one pass over the columns reads, one row after another.
  void pack(const float* w, int ldw, int rows, float* to) const {
    const int width = vectors() * kLanes;
    for (int first = 0; first < c; first += width)
      for (int i = 0; i < rows; i++)
        for (int gate = 0; gate < 3; gate++, to += width)
          std::memcpy(to, w + i * ldw + gate * c + first, width * 4);
  }

  template <int NV>
  void steps(int pass, int64_t rows, const float* x, const float* before, float* saved, float* h) const {
    int64_t i = 0;
    for (; i + 3 <= rows; i += 3)
      step<3, NV>(pass, x + i * in, before + i * c, saved + i * 4 * c, h + i * c);
    for (; i < rows; i++) step<1, NV>(pass, x + i * in, before + i * c, saved + i * 4 * c, h + i * c);
  }

  // R rows, NV vectors of every gate: sums in registers from the products to the state.
  template <int R, int NV>
  void step(int pass, const float* x, const float* before, float* saved, float* h) const {
    constexpr int width = NV * kLanes;
    const int first = pass * width;
    Vec r[R][NV], z[R][NV], n[R][NV], a[R][NV];
    for (int j = 0; j < R; j++)
      for (int v = 0; v < NV; v++) {
        const int k = first + v * kLanes;
        n[j][v] = load(&input.b[k]), r[j][v] = load(&input.b[c + k]), z[j][v] = load(&input.b[2 * c + k]);
        a[j][v] = load(&bn[k]);
      }
    const float* w = packed_input.data() + pass * in * 3 * width;
    for (int i = 0; i < in; i++, w += 3 * width)
      for (int j = 0; j < R; j++) {
        const Vec one = splat(x[j * in + i]);
        for (int v = 0; v < NV; v++) {
          n[j][v] += one * load(w + v * kLanes);
          r[j][v] += one * load(w + width + v * kLanes);
          z[j][v] += one * load(w + 2 * width + v * kLanes);
        }
      }
    const float* u = packed_state.data() + pass * c * 3 * width;
    for (int i = 0; i < c; i++, u += 3 * width)
      for (int j = 0; j < R; j++) {
        const Vec one = splat(before[j * c + i]);
        for (int v = 0; v < NV; v++) {
          r[j][v] += one * load(u + v * kLanes);
          z[j][v] += one * load(u + width + v * kLanes);
          a[j][v] += one * load(u + 2 * width + v * kLanes);
        }
      }
    for (int j = 0; j < R; j++)
      for (int v = 0; v < NV; v++) {
        const int k = first + v * kLanes;
        float* s = saved + j * 4 * c + k;
        const Vec rr = sigmoid(r[j][v]), zz = sigmoid(z[j][v]);
        const Vec nn = tanh(n[j][v] + rr * a[j][v]);
        store(s, rr), store(s + c, zz), store(s + 2 * c, nn), store(s + 3 * c, a[j][v]);
        store(h + j * c + k, nn + zz * (load(before + j * c + k) - nn));
      }
  }
};

}  // namespace stillmic
