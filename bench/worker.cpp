/// @file
/// Does one kind of work again and again, as much of it as the driver asks for, and answers with the time:
///     worker sgemm {blas|halves|single}   products at the main shape
///     worker train {gru|lstm} THREADS     training steps at MNIST's sizes
///     worker recall {gru|lstm} THREADS IMAGES   recall curves to delay 1,000
///     worker noise                        rows of 784 normal deviates, a million deviates a unit
///     worker memory {gru|lstm} THREADS    no serving: peak memory of 20 training steps, in bytes
#include <sys/resource.h>

#include <engram/engram.hpp>

#include "measure.hpp"

namespace {

namespace eg = engram;
using bench::size_t;

int serve_products(const std::string& how) {
    bench::reference_product product;
    bench::server serve(5);
    if (how == "blas") {  // as many threads as the BLAS itself has been given
        do product.compute();
        while (serve());
    } else {
        eg::team workers(how == "halves" ? 2 : 1);
        do
            workers.for_each(workers.size(),
                             [&](size_t part, size_t) { product.compute(part, workers.size()); });
        while (serve());
    }
    return 0;
}

template <class Cell, class Watch>
void train(const eg::image_set& images, size_t threads, size_t steps, Watch&& watch) {
    const eg::delayed_classification task{images, {.horizon = 20, .minimal_delay = 4}};
    eg::recurrent_network<Cell> network{{task.inputs(), 200, task.outputs()}, eg::seed{1}};
    eg::trainer{network, eg::cross_entropy{}, eg::adam{.learning_rate = 1e-4}}.fit(
        task, eg::no_curriculum{}, {.steps = steps, .batch = 128, .threads = threads}, watch);
}

template <class Cell>
int serve_training(size_t threads) {
    bench::server serve(3);
    train<Cell>(bench::mnist_or_made_up(), threads, ~size_t{0},
                [&](const eg::training_report&) { return serve(); });
    return 0;
}

template <class Cell>
int show_memory(size_t threads) {
    const auto images = bench::made_up_images();
    rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    train<Cell>(images, threads, 20, [](const eg::training_report&) {});
    getrusage(RUSAGE_SELF, &after);
    std::printf("%ld %ld\n", after.ru_maxrss * 1024, (after.ru_maxrss - before.ru_maxrss) * 1024);
    return 0;
}

template <class Cell>
int serve_recall(size_t threads, size_t images) {
    const eg::delayed_classification task{bench::mnist_or_made_up()};
    const eg::recurrent_network<Cell> network{{task.inputs(), 200, task.outputs()}, eg::seed{1}};
    const eg::recall_options options{.examples = images, .threads = threads};
    eg::recall_curve(network, task, {20}, options);
    bench::server serve(1);
    while (serve()) eg::recall_curve(network, task, {1000}, options);
    return 0;
}

int serve_noise() {
    constexpr size_t width = 784, rows = 1276;  // a million deviates
    std::vector<float> row(width);
    float kept = 0;
    std::uint64_t step = 0;
    bench::server serve(3);
    do {
        for (size_t i = 0; i < rows; ++i) {
            eg::random_stream(eg::seed{1}, eg::purpose::noise, step, i).normals(row, 0.13f, 0.31f);
            kept += row[i % width];
        }
        ++step;
    } while (serve());
    return kept == 0 ? 1 : 0;  // the numbers are needed, so they are computed
}

template <class Cell>
int serve_network(const std::string& work, const std::vector<std::string>& arguments) {
    const size_t threads = std::stoul(arguments.at(3));
    if (work == "train") return serve_training<Cell>(threads);
    if (work == "memory") return show_memory<Cell>(threads);
    if (work == "recall") return serve_recall<Cell>(threads, std::stoul(arguments.at(4)));
    throw eg::value_error("worker: no such work: " + work);
}

}  // namespace

int main(int count, char** values) try {
    const std::vector<std::string> arguments(values, values + count);
    const std::string& work = arguments.at(1);
    if (work == "noise") return serve_noise();
    if (work == "sgemm") return serve_products(arguments.at(2));
    if (arguments.at(2) == "gru") return serve_network<eg::gru<float>>(work, arguments);
    return serve_network<eg::lstm<float>>(work, arguments);
} catch (const std::exception& problem) {
    std::cerr << "worker: " << problem.what() << '\n';
    return 1;
}
