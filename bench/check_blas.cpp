/// @file
/// Ends with 0 if the BLAS multiplies as plain loops do, in both precisions and for shapes with odd edges.
#include <cmath>

#include "measure.hpp"

namespace {

using bench::size_t;

template <class T>
bool agrees(size_t m, size_t k, size_t n) {
    using array = engram::matrix<T>;
    auto a = array::from_shape({m, k}), b = array::from_shape({k, n}), c = array::from_shape({m, n});
    engram::random_stream draws(engram::seed{3}, engram::purpose::user);
    draws.normals(a);
    draws.normals(b);
    engram::gemm<T>(a, b, engram::matrix_view<T>(c));
    double worst = 0;
    for (size_t i = 0; i < m; ++i)
        for (size_t j = 0; j < n; ++j) {
            double sum = 0;
            for (size_t l = 0; l < k; ++l) sum += static_cast<double>(a(i, l)) * static_cast<double>(b(l, j));
            worst = std::max(worst, std::abs(sum - static_cast<double>(c(i, j))));
        }
    const double allowed = 100 * std::sqrt(static_cast<double>(k)) * std::numeric_limits<T>::epsilon();
    if (!(worst <= allowed))
        std::cerr << "check_blas: a product (" << m << " x " << k << ")(" << k << " x " << n << ") in "
                  << 8 * sizeof(T) << " bits is wrong by " << worst << '\n';
    return worst <= allowed;
}

}  // namespace

int main() {
    bool good = true;
    for (const auto& [m, k, n] : {std::array<size_t, 3>{2560, 785, 60},
                                  {64, 200, 400},
                                  {61, 199, 203},
                                  {128, 785, 600},
                                  {1, 200, 600},
                                  {200, 200, 200}})
        good = agrees<float>(m, k, n) && agrees<double>(m, k, n) && good;
    return good ? 0 : 1;
}
