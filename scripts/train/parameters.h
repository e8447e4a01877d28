// The parameters of a network by the names that network.py gives them: where each one's
// values go before a pass, and where its gradient is after one.
#pragma once

#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "gru.h"

namespace stillmic {

class Parameters {
 public:
  // The order in which they arrive and their gradients leave.
  const std::vector<std::string>& names() const { return order; }
  void set(size_t i, const float* values) const { setters[i](values); }
  void gradient(size_t i, float* values) const { getters[i](values); }

  // A linear layer's weight and bias arrive one after the other.
  void linear(const std::string& name, Linear& l) {
    add(name + ".weight", [&l](const float* w) { l.set(w); },
           [&l](float* w) { l.get(w); });
    add(name + ".bias", [&l](const float* b) { std::memcpy(l.b.data(), b, l.out * 4); },
           [&l](float* b) { std::memcpy(b, l.db.data(), l.out * 4); });
  }
  void vector(const std::string& name, Floats& v, Floats& d, size_t n) {
    add(name, [&v, n](const float* x) { std::memcpy(v.data(), x, n * 4); },
           [&d, n](float* x) { std::memcpy(x, d.data(), n * 4); });
  }
  void norm(const std::string& name, Norm& m) {
    add(name + ".weight", [&m](const float* g) { m.set(g); },
           [&m](float* g) { std::memcpy(g, m.dg.data(), m.c * 4); });
    vector(name + ".bias", m.b, m.db, m.c);
  }
  void gru(const std::string& name, Gru& g) {
    add(name + ".input.weight", [&g](const float* w) { g.set_input(w); },
           [&g](float* w) { g.get_input(w); });
    add(name + ".input.bias", [&g](const float* b) { g.set_bias(b); }, [&g](float* b) { g.get_bias(b); });
    add(name + ".recurrent", [&g](const float* u) { g.set_state(u); },
           [&g](float* u) { std::memcpy(u, g.du.data(), g.du.size() * 4 - kSlack * 4); });
    vector(name + ".bias_n", g.bn, g.dbn, g.c);
  }

 private:
  void add(const std::string& name, std::function<void(const float*)> set,
              std::function<void(float*)> get) {
    order.push_back(name), setters.push_back(set), getters.push_back(get);
  }

  std::vector<std::string> order;
  std::vector<std::function<void(const float*)>> setters;
  std::vector<std::function<void(float*)>> getters;
};

}  // namespace stillmic
