// Vectors of 16 floats by the compiler's own extension: one AVX-512 or two AVX2 registers
// with -march=native, whatever there is elsewhere.
#pragma once
#include <cmath>
#include <cstdint>
#include <new>
#include <vector>

namespace stillmic {

typedef float Vec __attribute__((vector_size(64), aligned(4)));
typedef float HalfVec __attribute__((vector_size(32), aligned(4)));
typedef int32_t IntVec __attribute__((vector_size(64), aligned(4)));
constexpr int kLanes = 16;

// Memory at the start of a cache line: a vector across two lines costs two accesses.
template <class T>
struct Aligned {
  using value_type = T;
  Aligned() = default;
  template <class U>
  Aligned(const Aligned<U>&) {}
  T* allocate(size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), std::align_val_t{64})); }
  void deallocate(T* p, size_t) { ::operator delete(p, std::align_val_t{64}); }
  template <class U>
  bool operator==(const Aligned<U>&) const { return true; }
};
typedef std::vector<float, Aligned<float>> Floats;

inline int padded(int n) { return (n + kLanes - 1) / kLanes * kLanes; }
inline Vec load(const float* p) { return *reinterpret_cast<const Vec*>(p); }
inline void store(float* p, Vec v) { *reinterpret_cast<Vec*>(p) = v; }
inline Vec splat(float x) { return Vec{} + x; }
inline Vec at_least(Vec x, float bound) { return x > bound ? x : splat(bound); }
inline Vec at_most(Vec x, float bound) { return x < bound ? x : splat(bound); }

// The first n of v's floats to y, or added to it.
inline void put(float* y, Vec v, int n, bool add) {
  if (n >= kLanes) {
    store(y, add ? load(y) + v : v);
  } else if (n == kLanes / 2) {
    HalfVec* q = reinterpret_cast<HalfVec*>(y);
    const HalfVec half = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7);
    *q = add ? *q + half : half;
  } else {
    for (int i = 0; i < n; i++) y[i] = add ? y[i] + v[i] : v[i];
  }
}

inline float sum(Vec v) {
  const HalfVec a = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) +
                    __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
  typedef float Quad __attribute__((vector_size(16)));
  const Quad b = __builtin_shufflevector(a, a, 0, 1, 2, 3) + __builtin_shufflevector(a, a, 4, 5, 6, 7);
  return b[0] + b[1] + b[2] + b[3];
}

// 1 / (1 + e^-x), to 2e-7: e^y = 2^n e^r with n = round(y / ln 2), and a Taylor polynomial
// for |r| <= ln 2 / 2.
inline Vec sigmoid(Vec x) {
  const Vec y = -at_most(at_least(x, -20.f), 20.f);
  // Adding 64 makes the number positive, so that cutting it off rounds it down.
  const IntVec n = __builtin_convertvector(y * 1.44269504f + 64.5f, IntVec);
  const Vec whole = __builtin_convertvector(n, Vec) - 64.f;
  const Vec r = y - whole * 0.693145752f - whole * 1.42860677e-6f;  // ln 2 in two parts
  Vec e = r * (1.f / 720) + 1.f / 120;
  e = e * r + 1.f / 24;
  e = e * r + 1.f / 6;
  e = e * r + 0.5f;
  e = e * r + 1.f;
  e = e * r + 1.f;
  const IntVec power = (n + (127 - 64)) << 23;
  return 1.f / (1.f + e * reinterpret_cast<const Vec&>(power));
}

inline Vec tanh(Vec x) { return 2.f * sigmoid(2.f * x) - 1.f; }

inline void relu(float* x, int64_t n) {
  for (int64_t i = 0; i < n; i++) x[i] = x[i] > 0 ? x[i] : 0;
}
inline void relu_gradient(const float* y, float* dy, int64_t n) {
  for (int64_t i = 0; i < n; i++) dy[i] = y[i] > 0 ? dy[i] : 0;
}
inline void add(float* y, const float* x, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] += x[i];
}

}  // namespace stillmic
