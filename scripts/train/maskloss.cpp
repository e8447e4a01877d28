// Mask, compressed spectral distance and their gradient in one pass over the bins: what
// loss.spectral_loss computes, taken on the masked spectrum itself.
#include <torch/extension.h>

#include <cmath>
#include <vector>

namespace {
constexpr int kBins = 481, kLow = 96, kBands = 128;
constexpr float kFloor = 1e-7f;
}  // namespace

// re, im, target_re, target_im (T, B, 481); gain (T, B, 128); turn (T, B, 96);
// weight (B, 481), summing to 1 / (B T) per item; edges: 129 first bins of the bands.
// Returns the loss and its gradients by gain and turn.
std::vector<at::Tensor> mask_loss(at::Tensor re, at::Tensor im, at::Tensor target_re,
                                  at::Tensor target_im, at::Tensor gain, at::Tensor turn,
                                  at::Tensor weight, std::vector<int64_t> edges, double cut_weight) {
  const int64_t frames = re.size(0), batch = re.size(1);
  auto dgain = at::zeros_like(gain), dturn = at::zeros_like(turn);
  const float cut = static_cast<float>(cut_weight);
  float g[kBins], cos[kBins], sin[kBins], by_gain[kBins], by_cos[kBins], by_sin[kBins];
  std::fill(cos, cos + kBins, 1.f), std::fill(sin, sin + kBins, 0.f);
  double total = 0;
  for (int64_t row = 0; row < frames * batch; row++) {
    const float *x = re.data_ptr<float>() + row * kBins, *y = im.data_ptr<float>() + row * kBins;
    const float *u = target_re.data_ptr<float>() + row * kBins;
    const float *v = target_im.data_ptr<float>() + row * kBins;
    const float* w = weight.data_ptr<float>() + row % batch * kBins;
    const float *pg = gain.data_ptr<float>() + row * kBands, *pt = turn.data_ptr<float>() + row * kLow;
    for (int b = 0; b < kBands; b++)
      for (int64_t k = edges[b]; k < edges[b + 1]; k++) g[k] = pg[b];
    for (int k = 0; k < kLow; k++) {
      const float q = 1.f / (1.f + pt[k] * pt[k]);
      cos[k] = (1.f - pt[k] * pt[k]) * q, sin[k] = 2.f * pt[k] * q;
    }
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int k = 0; k < kBins; k++) {
      const float p = x[k] * cos[k] - y[k] * sin[k], q = x[k] * sin[k] + y[k] * cos[k];
      const float ar = g[k] * p, ai = g[k] * q;
      const float ea = ar * ar + ai * ai + kFloor, eb = u[k] * u[k] + v[k] * v[k] + kFloor;
      const float ra = std::sqrt(ea), rb = std::sqrt(eb);
      const float ma = std::sqrt(std::sqrt(ra)), mb = std::sqrt(std::sqrt(rb));
      const float sa = ma / ra, sb = mb / rb;
      const float d = mb - ma, below = d > 0.f ? d : 0.f;
      const float gr = ar * sa - u[k] * sb, gi = ai * sa - v[k] * sb;
      sum += w[k] * (d * d + cut * below * below + 0.5f * (gr * gr + gi * gi));
      // |A|^0.25 grows by 0.25 m / E A, the compressed pair by s (G - 0.75 A (A G) / E).
      const float radial = (-2.f * d - 2.f * cut * below) * 0.25f * ma / ea -
                           0.75f * sa / ea * (gr * ar + gi * ai);
      const float dr = w[k] * (radial * ar + gr * sa), di = w[k] * (radial * ai + gi * sa);
      by_gain[k] = dr * p + di * q;
      by_cos[k] = g[k] * (dr * x[k] + di * y[k]);
      by_sin[k] = g[k] * (di * x[k] - dr * y[k]);
    }
    total += sum;
    float *qg = dgain.data_ptr<float>() + row * kBands, *qt = dturn.data_ptr<float>() + row * kLow;
    for (int b = 0; b < kBands; b++)
      for (int64_t k = edges[b]; k < edges[b + 1]; k++) qg[b] += by_gain[k];
    for (int k = 0; k < kLow; k++) {
      const float t = pt[k], q = 1.f / (1.f + t * t);
      qt[k] = by_cos[k] * -4.f * t * q * q + by_sin[k] * 2.f * (1.f - t * t) * q * q;
    }
  }
  return {at::scalar_tensor(total, gain.options()), dgain, dturn};
}

PYBIND11_MODULE(TORCH_EXTENSION_NAME, m) { m.def("mask_loss", &mask_loss); }
