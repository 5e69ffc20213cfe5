/// @file
/// What a training step costs as units, batch, horizon and threads grow, and what share of the roofline it
/// reaches: writes FOLDER/cost_{units,batch,horizon}.csv. The reference product takes turns with the steps.
///     cost_curves FOLDER [quick]
#include <fstream>

#include <engram/engram.hpp>

#include "measure.hpp"

namespace {

namespace eg = engram;
using bench::size_t;

struct point {
    size_t units = 200, batch = 128, horizon = 20, threads = 1;
};

/// The products of a GRU's training step, in the shapes in which they are taken, and nothing else: what is
/// lost to small shapes, and not to engram.
class products_alone {
  public:
    explicit products_alone(const point& p)
        : p_(p),
          inputs_(take(p.horizon * p.batch, 786)),
          gates_(take(p.horizon * p.batch, 3 * p.units)),
          states_(take(p.horizon * p.batch, p.units)),
          input_(take(786, 3 * p.units)),
          recurrent_(take(p.units, 3 * p.units)),
          d_input_(input_),
          d_recurrent_(recurrent_) {}

    void step(eg::team& workers) {
        constexpr size_t shard = 64;
        const size_t units = p_.units, shards = (p_.batch + shard - 1) / shard;
        const auto rows = [&](eg::matrix<float>& m, size_t s) {
            const size_t count = std::min(shard, p_.batch - s * shard);
            return view(m).row_block(s * shard * p_.horizon, count * p_.horizon);
        };
        const auto gate_weights = view(recurrent_).column_block(0, 2 * units),
                   own_weights = view(recurrent_).column_block(2 * units, units);
        workers.for_each(shards, [&](size_t s, size_t) {
            const size_t n = std::min(shard, p_.batch - s * shard);
            eg::gemm<float>(rows(inputs_, s), input_, rows(gates_, s));
            for (const bool forward : {true, false}) {
                for (size_t t = 0; t < p_.horizon; ++t) {
                    const auto state = rows(states_, s).row_block(t * n, n),
                               gates = rows(gates_, s).row_block(t * n, n);
                    const auto two = gates.column_block(0, 2 * units),
                               own = gates.column_block(2 * units, units);
                    if (forward) {
                        eg::gemm<float>(state, gate_weights, two, {.beta = 1});
                        eg::gemm<float>(state, own_weights, own, {.beta = 1});
                    } else {
                        eg::gemm<float>(own, eg::transposed(own_weights), state);
                        eg::gemm<float>(two, eg::transposed(gate_weights), state, {.beta = 1});
                    }
                }
            }
        });
        constexpr size_t tile = 160, tiles = (786 + tile - 1) / tile;
        workers.for_each(tiles + 1, [&](size_t k, size_t) {
            for (size_t s = 0; s < shards; ++s) {
                const auto gates = rows(gates_, s);
                if (k == tiles) {
                    eg::gemm<float>(eg::transposed(rows(states_, s)), gates, view(d_recurrent_), {.beta = 1});
                } else {
                    const size_t first = k * tile, count = std::min(tile, 786 - first);
                    eg::gemm<float>(eg::transposed(rows(inputs_, s).column_block(first, count)), gates,
                                    view(d_input_).row_block(first, count), {.beta = 1});
                }
            }
        });
    }

  private:
    static eg::matrix<float> take(size_t rows, size_t columns) {
        return eg::matrix<float>(std::array<size_t, 2>{rows, columns}, 0.0f);
    }
    static eg::matrix_view<float> view(eg::matrix<float>& m) { return m; }

    point p_;
    eg::matrix<float> inputs_, gates_, states_, input_, recurrent_, d_input_, d_recurrent_;
};

/// Seconds of a piece of work, repeated until they are enough to be measured.
template <class Work>
double seconds_of(Work&& work) {
    bench::stopwatch watch;
    size_t count = 0;
    do {
        work();
        ++count;
    } while (watch.wall() < 0.03);
    return watch.wall() / static_cast<double>(count);
}

struct cost {
    double milliseconds, gigaflops, roofline, products;
};

template <class Cell>
cost measure(const eg::image_set& images, const point& p, size_t samples) {
    const eg::delayed_classification task{images, {.horizon = p.horizon, .minimal_delay = 4}};
    eg::recurrent_network<Cell> network{{task.inputs(), p.units, task.outputs()}, eg::seed{1}};
    const double flops = bench::training_flops(Cell::gates, task.inputs(), p.units, p.horizon, p.batch);
    std::vector<bench::reference_product> products(p.threads);
    eg::team workers(p.threads);
    const auto reference = [&] {
        workers.for_each(p.threads, [&](size_t i, size_t) { products[i].compute(); });
    };
    const double reference_flops = bench::reference_product::flops * static_cast<double>(p.threads);
    std::vector<double> seconds, rooflines, alone;
    std::optional<products_alone> mere_products;
    if (Cell::gates == 3) mere_products.emplace(p);
    bench::stopwatch watch;
    size_t warm = 2, steps = 0;
    eg::trainer{network, eg::cross_entropy{}, eg::adam{.learning_rate = 1e-4}}.fit(
        task, eg::no_curriculum{}, {.steps = ~size_t{0}, .batch = p.batch, .threads = p.threads},
        [&](const eg::training_report&) {
            ++steps;
            if (warm > 0) {
                if (--warm == 0) reference();
                steps = 0;
            } else if (watch.wall() < 0.03) {
                return true;
            } else {
                seconds.push_back(watch.wall() / static_cast<double>(steps));
                rooflines.push_back(flops / seconds.back() * seconds_of(reference) / reference_flops);
                if (mere_products)
                    alone.push_back(seconds_of([&] { mere_products->step(workers); }) / seconds.back());
                steps = 0;
            }
            watch.restart();
            return seconds.size() < samples;
        });
    const double second = bench::median(seconds);
    return {1e3 * second, 1e-9 * flops / second, bench::median(rooflines),
            alone.empty() ? 0 : bench::median(alone)};
}

}  // namespace

int main(int count, char** arguments) try {
    const std::string folder = count > 1 ? arguments[1] : ".";
    const bool quick = count > 2;
    const size_t samples = quick ? 2 : 5;
    const auto images = bench::made_up_images();
    const auto sweep = [&](const std::string& name, size_t point::*what, std::vector<size_t> values) {
        std::ofstream out(folder + "/cost_" + name + ".csv");
        out << "# cell threads " << name << " ms_per_step gflops roofline share_of_products\n";
        for (const size_t threads : {1, 2}) {
            for (const bool is_gru : {true, false}) {
                for (const size_t value : values) {
                    point p{.threads = threads};
                    p.*what = value;
                    const cost c = is_gru ? measure<eg::gru<float>>(images, p, samples)
                                          : measure<eg::lstm<float>>(images, p, samples);
                    out << (is_gru ? "gru " : "lstm ") << threads << ' ' << value << ' ' << c.milliseconds
                        << ' ' << c.gigaflops << ' ' << c.roofline << ' ' << c.products << '\n'
                        << std::flush;
                }
                out << "\n\n";  // gnuplot's next data set
            }
        }
    };
    using list = std::vector<size_t>;
    sweep("units", &point::units, quick ? list{25, 200, 1600} : list{25, 50, 100, 200, 400, 800, 1600});
    sweep("batch", &point::batch, quick ? list{8, 128, 1024} : list{8, 16, 32, 64, 128, 256, 512, 1024});
    sweep("horizon", &point::horizon, quick ? list{10, 1000} : list{10, 20, 50, 100, 200, 500, 1000});
} catch (const std::exception& problem) {
    std::cerr << "cost_curves: " << problem.what() << '\n';
    return 1;
}
