// A program of someone who uses engram: it multiplies two matrices and says which version did it.
#include <engram/core/tensor.hpp>
#include <engram/version.hpp>

#include <iostream>

int main() {
    const engram::matrix<double> a{{1, 2}, {3, 4}};
    engram::matrix<double> square = engram::matrix<double>::from_shape({2, 2});
    engram::gemm<double>(a, a, square);
    std::cout << "engram " << engram::version_string << ": " << square(1, 1) << '\n';
    return square(1, 1) == 22.0 ? 0 : 1;
}
