// An activation without its slope, so that nothing can be learned through it.
// concept: activation
// expect: a.slope(x)
#include <engram/nn/cell/elman.hpp>

struct cube {
    template <class V>
    V value(V x) const {
        return x * x * x;
    }
};

int main() { engram::elman<float, cube> cell; }
