/// @file
/// The yardstick of compile times: what every user of xtensor and its linear algebra pays.
#include <xtensor/xtensor.hpp>
#include <xtensor-blas/xlinalg.hpp>

int main() {}
