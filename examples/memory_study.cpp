// Trains memories, measures how long they last, finds where they live, makes them last, and writes it all up.
#include "memory_study/one_network.hpp"
#include "memory_study/options.hpp"
#include "memory_study/output.hpp"
#include "memory_study/progress.hpp"

#include <filesystem>
#include <iostream>
#include <mutex>

namespace {

using namespace memory_study;

/// One network of the study, before and after it has been worked on.
struct job {
    std::string curriculum;
    size_t seed;
    std::optional<network_result> result;
};

std::vector<job> jobs_of(const settings& s) {
    std::vector<job> jobs;
    for (size_t i = 0; i < s.seeds; ++i)
        for (const auto& curriculum : s.curricula) jobs.push_back({curriculum, s.first_seed + i, {}});
    return jobs;
}

std::string in_short(const network_result& n) {
    const auto& recall = n.trained.recall;
    std::ostringstream line;
    line << std::fixed << std::setprecision(2) << n.cell << ", " << n.curriculum << " curriculum, seed "
         << n.seed << ": recall " << recall.accuracy.front() << " at delay " << recall.delays.front()
         << "; at " << recall.delays[recall.delays.size() / 2];
    for (const auto& arm : arms)
        line << (arm == arms[0] ? " after " : ", ") << arm << ' '
             << n.after(arm).recall.accuracy[recall.delays.size() / 2];
    return line.str();
}

/// Works through the jobs, a network a thread. Returns what went wrong, or nothing.
template <class Cell>
std::string work_through(const settings& s, const eg::delayed_classification& task, std::vector<job>& jobs,
                         progress& shown) {
    std::mutex mutex;
    std::string failure;
    eg::team workers(std::min(s.threads, jobs.size()));
    workers.for_each(jobs.size(), [&](size_t index, size_t) {
        auto& [curriculum, seed, result] = jobs[index];
        try {
            stop_if_asked();
            if ((result = read_network(s, s.cell + "-" + curriculum + "-" + std::to_string(seed)))) return;
            result = network_study<Cell>(s, task, shown)(curriculum, seed);
            write_network(s, *result);
            shown.count_network(in_short(*result));
        } catch (const interrupted&) {
        } catch (const std::exception& problem) {
            const std::lock_guard guard(mutex);
            if (failure.empty())
                failure = curriculum + " curriculum, seed " + std::to_string(seed) + ": " + problem.what();
            stop_asked = true;
        }
    });
    return failure;
}

int run(const settings& s) {
    const eg::delayed_classification task{data_sets().at(s.data)()};
    if (const auto problem = prepare_folder(s); !problem.empty()) {
        std::cerr << "memory_study: " << problem << '\n';
        return 2;
    }
    listen_for_interrupts();
    auto jobs = jobs_of(s);
    progress shown(jobs.size(), jobs.size() * (s.steps + arms.size() * s.tuning_steps));
    const auto failure = s.cell == "elman"  ? work_through<eg::elman<float>>(s, task, jobs, shown)
                         : s.cell == "lstm" ? work_through<eg::lstm<float>>(s, task, jobs, shown)
                                            : work_through<eg::gru<float>>(s, task, jobs, shown);
    shown.clear();
    std::vector<network_result> finished;
    for (auto& each : jobs)
        if (each.result) finished.push_back(std::move(*each.result));
    const bool partial = finished.size() < jobs.size();
    write_study(s, finished, shown.seconds(), partial);
    std::cerr << "memory_study: " << finished.size() << " of " << jobs.size() << " networks in "
              << static_cast<int>(shown.seconds()) << " s; the results are in " << s.out << '\n';
    if (!failure.empty()) std::cerr << "memory_study: " << failure << '\n';
    return !failure.empty() ? 1 : partial ? 130 : 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(parse(argc, argv));
    } catch (const usage_end& end) {
        return end.status;
    } catch (const std::exception& problem) {
        std::cerr << "memory_study: " << problem.what() << '\n';
        return 1;
    }
}
