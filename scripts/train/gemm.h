// Small matrix products on overlapping rows, the only heavy operation of the network.
//
// A row of A starts lda floats after the one before it, and lda may be less than K: a
// convolution over positions is then a product without any copying. Buffers that are
// read as dY or W need 16 floats of slack at their end; columns beyond N are computed and
// thrown away.
#pragma once
#include "simd.h"

namespace stillmic {

constexpr int kRows = 8;     // rows per pass
constexpr int kColumns = 3;  // vectors per pass: 8 x 3 accumulators fit 32 registers

// One tile: R rows of Y (+)= A W + bias, columns of NV vectors.
template <int R, int NV>
inline void tile(const float* a, int64_t lda, const float* w, int64_t ldw, const float* bias,
                 float* y, int64_t ldy, int k, int n, bool add) {
  Vec acc[R][NV];
  for (int r = 0; r < R; r++)
    for (int v = 0; v < NV; v++) acc[r][v] = bias ? load(bias + v * kLanes) : Vec{};
  for (int i = 0; i < k; i++) {
    Vec row[NV];
    for (int v = 0; v < NV; v++) row[v] = load(w + i * ldw + v * kLanes);
    for (int r = 0; r < R; r++) {
      const Vec x = splat(a[r * lda + i]);
      for (int v = 0; v < NV; v++) acc[r][v] += x * row[v];
    }
  }
  for (int r = 0; r < R; r++)
    for (int v = 0; v < NV; v++) put(y + r * ldy + v * kLanes, acc[r][v], n - v * kLanes, add);
}

template <int NV>
void strip(int64_t rows, const float* a, int64_t lda, const float* w, int64_t ldw,
           const float* bias, float* y, int64_t ldy, int k, int n, bool add) {
  int64_t r = 0;
  for (; r + kRows <= rows; r += kRows)
    tile<kRows, NV>(a + r * lda, lda, w, ldw, bias, y + r * ldy, ldy, k, n, add);
  for (; r < rows; r++)
    tile<1, NV>(a + r * lda, lda, w, ldw, bias, y + r * ldy, ldy, k, n, add);
}

// Y[rows, N] (+)= A[rows, K] W[K, N] + bias[N]. W has row stride ldw >= padded(N).
inline void product(int64_t rows, const float* a, int64_t lda, const float* w, int64_t ldw,
                    const float* bias, float* y, int64_t ldy, int k, int n, bool add) {
  for (int first = 0; first < n; first += kColumns * kLanes) {
    const int width = n - first;
    const float* b = bias ? bias + first : nullptr;
    switch (width >= kColumns * kLanes ? kColumns : padded(width) / kLanes) {
      case 1: strip<1>(rows, a, lda, w + first, ldw, b, y + first, ldy, k, width, add); break;
      case 2: strip<2>(rows, a, lda, w + first, ldw, b, y + first, ldy, k, width, add); break;
      default: strip<3>(rows, a, lda, w + first, ldw, b, y + first, ldy, k, width, add);
    }
  }
}

template <int K, int NV>
inline void outer(int64_t rows, const float* a, int64_t lda, const float* dy, int64_t ldy,
                  float* dw, int64_t ldw) {
  Vec acc[K][NV];
  for (int j = 0; j < K; j++)
    for (int v = 0; v < NV; v++) acc[j][v] = load(dw + j * ldw + v * kLanes);
  for (int64_t r = 0; r < rows; r++) {
    Vec row[NV];
    for (int v = 0; v < NV; v++) row[v] = load(dy + r * ldy + v * kLanes);
    for (int j = 0; j < K; j++) {
      const Vec x = splat(a[r * lda + j]);
      for (int v = 0; v < NV; v++) acc[j][v] += x * row[v];
    }
  }
  for (int j = 0; j < K; j++)
    for (int v = 0; v < NV; v++) store(dw + j * ldw + v * kLanes, acc[j][v]);
}

template <int NV>
void outer_strip(int64_t rows, const float* a, int64_t lda, const float* dy, int64_t ldy,
                 float* dw, int64_t ldw, int k) {
  int j = 0;
  for (; j + kRows <= k; j += kRows)
    outer<kRows, NV>(rows, a + j, lda, dy, ldy, dw + j * ldw, ldw);
  if (j + 4 <= k) outer<4, NV>(rows, a + j, lda, dy, ldy, dw + j * ldw, ldw), j += 4;
  for (; j < k; j++) outer<1, NV>(rows, a + j, lda, dy, ldy, dw + j * ldw, ldw);
}

// dW[K, N] += A^T dY; ldw >= padded(N).
inline void weight_gradient(int64_t rows, const float* a, int64_t lda, const float* dy,
                            int64_t ldy, float* dw, int64_t ldw, int k, int n) {
  for (int first = 0; first < n; first += kColumns * kLanes) {
    const int width = n - first;
    switch (width >= kColumns * kLanes ? kColumns : padded(width) / kLanes) {
      case 1: outer_strip<1>(rows, a, lda, dy + first, ldy, dw + first, ldw, k); break;
      case 2: outer_strip<2>(rows, a, lda, dy + first, ldy, dw + first, ldw, k); break;
      default: outer_strip<3>(rows, a, lda, dy + first, ldy, dw + first, ldw, k);
    }
  }
}

// db[N] += the sum of dY's rows; db holds padded(N).
inline void column_sums(int64_t rows, const float* dy, int64_t ldy, float* db, int n) {
  for (int first = 0; first < n; first += kLanes) {
    Vec even = load(db + first), odd{};
    int64_t r = 0;
    for (; r + 2 <= rows; r += 2) {
      even += load(dy + r * ldy + first);
      odd += load(dy + (r + 1) * ldy + first);
    }
    if (r < rows) even += load(dy + r * ldy + first);
    store(db + first, even + odd);
  }
}

inline void transpose(const float* a, int64_t lda, float* b, int64_t ldb, int rows, int columns) {
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < columns; j++) b[j * ldb + i] = a[i * lda + j];
}

}  // namespace stillmic
