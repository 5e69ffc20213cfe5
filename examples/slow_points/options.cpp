#include "options.hpp"

#include <engram/core/random.hpp>
#include <engram/io/npy.hpp>
#include <engram/io/npz.hpp>

#include <CLI/CLI.hpp>
#include <cmath>
#include <iostream>
#include <thread>

namespace slow_points_command {

namespace {

/// The only array of a .npy or .npz file.
eg::stored_array read_array(const std::string& path) {
    if (path.ends_with(".npy")) return eg::read_npy(path);
    if (!path.ends_with(".npz")) throw bad_option(path + ": expected a .npy or .npz file");
    const auto arrays = eg::read_npz(path);
    if (arrays.size() != 1) throw bad_option(path + ": expected one array, it holds " + arrays.list());
    return arrays.begin()->second;
}

/// The array as rows of `width` numbers.
eg::matrix<double> rows_of(const eg::stored_array& array, std::size_t width, const std::string& what) {
    const auto& shape = array.shape;
    if (shape.empty() || shape.size() > 2 || shape.back() != width)
        throw bad_option(array.origin + ": found shape " + eg::shape_text(shape) + ", expected rows of " +
                         std::to_string(width) + " numbers, " + what);
    array.expect_finite();
    eg::matrix<double> rows({array.size() / width, width});
    array.copy_to(rows);
    return rows;
}

/// Numbers separated by commas; nothing if the text is none.
std::optional<std::vector<double>> numbers_in(const std::string& text) {
    std::vector<double> numbers;
    std::istringstream parts(text);
    for (std::string part; std::getline(parts, part, ',');) {
        std::size_t used = 0;
        try {
            numbers.push_back(std::stod(part, &used));
        } catch (const std::exception&) {
            return {};
        }
        if (used != part.size() || !std::isfinite(numbers.back())) return {};
    }
    return numbers;
}

}  // namespace

std::optional<options> read_options(int argc, char** argv) {
    options o;
    o.threads = std::max(1u, std::thread::hardware_concurrency());
    CLI::App app(
        "Finds the slow points of a trained recurrent network under constant inputs, and writes "
        "points.npz, points.json and report.html.");
    app.name("slow_points");
    app.add_option("--network", o.network, "the network: .safetensors, .npz, .pt or .pth")->required();
    app.add_option(
           "--cell", o.cell,
           "what computes a step: auto; gru, lstm, rnn_tanh, rnn_relu (PyTorch); flax_gru, flax_lstm, "
           "flax_tanh, flax_relu; keras_gru, keras_gru_before, keras_lstm, keras_tanh, keras_relu; "
           "engram_gru, engram_gru_after, engram_lstm, engram_tanh, engram_relu, engram_ugrnn, "
           "engram_minimal_gated; leaky units with --rate a, from the arrays of an nn.RNN or of engram: "
           "leaky_tanh, leaky_relu, h' = (1 - a) h + a f(x W + h U + b); rates_tanh, rates_relu, "
           "h' = (1 - a) h + a (x W + f(h) U + b); low_rank_tanh, low_rank_relu, the same with U of low rank")
        ->capture_default_str();
    auto* const rate = app.add_option(
        "--rate", o.rate, "the rate a = dt / tau of leaky units, unless the file has an array 'rate'");
    app.add_option("--input", o.input,
                   "the constant input: numbers as in 0,0,1 or a .npy or .npz file; zeros if "
                   "not given");
    app.add_option("--inputs", o.inputs, "several constant inputs, the rows of a .npy or .npz file");
    app.add_option(
           "--seeds", o.seeds,
           "where searches start: rows of a .npy or .npz file, or normal:COUNT[:DEVIATION], drawn from a "
           "normal distribution of deviation 0.5 if not given")
        ->capture_default_str();
    app.add_option(
           "--settle", o.settle,
           "every other random seed starts where it is after that many steps, so that memories are found")
        ->capture_default_str()
        ->check(CLI::Range(0, 100000));
    app.add_option(
        "--trajectories", o.trajectories,
        "states to draw with the points: (steps x units) or (trials x steps x units), .npy or .npz");
    app.add_option("--recurrent", o.where.recurrent, "the recurrent module's name in the file");
    app.add_option("--readout", o.where.readout, "the readout's name in the file");
    app.add_flag("--no-readout,--no_readout", o.where.no_readout, "the outputs are the units themselves");
    app.add_option("--merge", o.merge_distance, "results closer than this are one point")
        ->capture_default_str()
        ->check(CLI::NonNegativeNumber);
    app.add_option("--seed", o.seed, "of the random seeds")->capture_default_str();
    app.add_option("--threads", o.threads, "how many; results do not depend on it")
        ->check(CLI::PositiveNumber);
    app.add_option("--out", o.out, "the folder to write to")->capture_default_str();
    app.add_flag("--quiet", o.quiet, "no progress");
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        std::cout << app.help();
        return {};
    } catch (const CLI::ParseError& e) {
        throw bad_option(e.what());
    }
    if (rate->count() > 0 && !(o.rate > 0 && o.rate <= 1))
        throw bad_option("--rate: found " + rate->as<std::string>() + ", expected a number in (0, 1]");
    if (!o.input.empty() && !o.inputs.empty()) throw bad_option("--input and --inputs exclude each other");
    return o;
}

eg::matrix<double> read_inputs(const options& o, std::size_t width) {
    const std::string what = "one for each of the network's inputs";
    if (!o.inputs.empty()) {
        auto rows = rows_of(read_array(o.inputs), width, what);
        if (rows.shape(0) == 0) throw bad_option(o.inputs + ": holds no row, expected at least one");
        return rows;
    }
    eg::matrix<double> input({1, width}, 0.0);
    if (o.input.empty()) return input;
    if (o.input.ends_with(".npy") || o.input.ends_with(".npz")) {
        input = rows_of(read_array(o.input), width, what);
        if (input.shape(0) != 1)
            throw bad_option(o.input + ": holds " + std::to_string(input.shape(0)) +
                             " rows, expected one; --inputs takes several");
        return input;
    }
    const auto numbers = numbers_in(o.input);
    if (!numbers)
        throw bad_option("--input: found '" + o.input +
                         "', expected numbers separated by commas, or a .npy or .npz file");
    if (numbers->size() != width)
        throw bad_option("--input: found " + std::to_string(numbers->size()) +
                         " numbers, but the network has " + std::to_string(width) + " inputs");
    std::copy(numbers->begin(), numbers->end(), input.data());
    return input;
}

eg::matrix<double> read_seeds(const options& o, std::size_t dimension, const eg::search_region<double>& box) {
    if (!o.seeds.starts_with("normal")) {
        auto rows = rows_of(read_array(o.seeds), dimension, "the network's state");
        if (rows.shape(0) == 0) throw bad_option(o.seeds + ": holds no row, expected at least one");
        return rows;
    }
    std::string list = o.seeds.size() > 6 && o.seeds[6] == ':' ? o.seeds.substr(7) : "";
    std::replace(list.begin(), list.end(), ':', ',');
    const auto numbers = numbers_in(list);
    if (!numbers || numbers->empty() || numbers->size() > 2 || (*numbers)[0] < 1 || (*numbers)[0] > 1e7 ||
        (*numbers)[0] != std::floor((*numbers)[0]) || (numbers->size() == 2 && (*numbers)[1] <= 0))
        throw bad_option("--seeds: found '" + o.seeds +
                         "', expected a .npy or .npz file, or normal:COUNT or normal:COUNT:DEVIATION");
    eg::matrix<double> seeds({static_cast<std::size_t>((*numbers)[0]), dimension});
    eg::random_stream stream(eg::seed{o.seed}, eg::purpose::user);
    stream.normals(seeds, 0.0, numbers->size() == 2 ? (*numbers)[1] : 0.5);
    for (std::size_t i = 0; i < seeds.size(); ++i) seeds.data()[i] = box.clip(i % dimension, seeds.data()[i]);
    return seeds;
}

std::vector<eg::matrix<double>> read_trajectories(const options& o, std::size_t dimension) {
    std::vector<eg::matrix<double>> result;
    if (o.trajectories.empty()) return result;
    eg::stored_array array = read_array(o.trajectories);
    const std::size_t trials = array.shape.size() == 3 ? array.shape[0] : 1;
    if (array.shape.size() == 3) array.shape = {array.shape[0] * array.shape[1], array.shape[2]};
    const auto rows = rows_of(array, dimension, "the network's state");
    const std::size_t steps = trials == 0 ? 0 : rows.shape(0) / trials;
    for (std::size_t i = 0; i < trials; ++i) {
        result.emplace_back(std::array<std::size_t, 2>{steps, dimension});
        std::copy_n(rows.data() + i * steps * dimension, steps * dimension, result.back().data());
    }
    return result;
}

}  // namespace slow_points_command
