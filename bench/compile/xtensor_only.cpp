/// @file
/// The yardstick of compile times: what every user of xtensor and its linear algebra pays.
#include <xtensor-blas/xlinalg.hpp>
#include <xtensor/xtensor.hpp>

int main() {}
