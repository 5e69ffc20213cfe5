// Trains a network that sees images through convolutions, after a layer of the user's own.
#include <engram/engram.hpp>

#include <iostream>
#include <numeric>
#include <span>
#include <string>
#include <type_traits>

namespace eg = engram;

//! [layer]
/// Every image less its own mean.
struct centred {
    static constexpr bool in_place = true;
    eg::image_shape outputs(eg::image_shape shape) const { return shape; }
    std::size_t scratch(eg::image_shape) const { return 0; }
    void add_parameters(eg::parameter_layout&, const std::string&, eg::image_shape) const {}

    template <class T>
    void forward(const eg::layer_pass<T>& pass) const {
        subtract_means<T>(pass.inputs, pass.outputs);
    }
    template <class T>
    void backward(const eg::layer_pass<T>&, eg::matrix_view<T> d_outputs, eg::matrix_view<T> d_inputs,
                  std::span<T> /*d_parameters*/) const {
        if (d_inputs.rows() > 0) subtract_means<T>(d_outputs, d_inputs);  // it is its own transpose
    }

  private:
    template <class T>
    static void subtract_means(eg::matrix_view<const T> from, eg::matrix_view<T> to) {
        for (std::size_t i = 0; i < from.rows(); ++i) {
            const T sum = std::accumulate(from.row(i), from.row(i) + from.columns(), T(0));
            const T mean = sum / static_cast<T>(from.columns());
            for (std::size_t j = 0; j < from.columns(); ++j) to(i, j) = from(i, j) - mean;
        }
    }
};
//! [layer]

int main() {
    const eg::delayed_classification task{eg::optdigits(), {.horizon = 8, .minimal_delay = 2}};
    //! [network]
    const eg::activations::leaky_relu leaky{0.2};
    const auto front =
        eg::front_end{{.image = {1, 8, 8}}, centred{}, eg::conv<3>{.filters = 8}, leaky, eg::max_pool<2>{}};
    eg::recurrent_network<eg::gru<float>, std::remove_const_t<decltype(front)>> network{
        {.inputs = task.inputs(), .units = 60, .outputs = task.outputs()}, eg::seed{1}, front};
    //! [network]
    const auto result =
        eg::trainer{network, eg::cross_entropy{}, eg::adam{}}.fit(task, eg::no_curriculum{}, {.steps = 1000});
    std::cout << "accuracy " << result.accuracy << '\n';
    // The constant input of a network with a front end: the mean of its features over noise frames.
    const eg::constant_input_map map{network, eg::mean_features(network, task.noise())};
    for (const auto& point : eg::find_slow_points(map, eg::class_centroids(network, task)))
        std::cout << point << '\n';
    return result.accuracy > 0.5 ? 0 : 1;
}
