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

/// Why --resume cannot go on with these jobs, or nothing.
std::string refusal_to_resume(const settings& s, const std::vector<job>& jobs) {
    if (!s.resume) return {};
    try {
        for (const auto& each : jobs)
            refuse_other_settings(s, network_name(s.cell, each.curriculum, each.seed));
        return {};
    } catch (const eg::file_error& problem) {
        return problem.what();
    }
}

std::string in_short(const network_result& n) {
    const auto& recall = n.trained.recall;
    std::ostringstream line;
    line << std::fixed << std::setprecision(2) << n.cell << ", " << titled(n.curriculum) << ", seed "
         << n.seed << ": recall " << recall.accuracy.front() << " at delay " << recall.delays.front()
         << "; at " << recall.delays[recall.delays.size() / 2];
    for (const auto& arm : arms)
        line << (arm == arms[0] ? " after " : ", ") << arm << ' '
             << n.after(arm).recall.accuracy[recall.delays.size() / 2];
    return line.str();
}

/// Works through the jobs, several networks at a time where there are several. Returns what went wrong, or
/// nothing.
template <class Cell, class FrontEnd>
std::string work_through(const settings& s, const eg::delayed_classification& task, const FrontEnd& front_end,
                         std::vector<job>& jobs, progress& shown) {
    const size_t at_a_time = s.networks_at_a_time();
    std::mutex mutex;
    std::string failure;
    eg::team workers(at_a_time);
    workers.for_each(jobs.size(), [&](size_t index, size_t) {
        auto& [curriculum, seed, result] = jobs[index];
        try {
            stop_if_asked();
            result = read_network(s, network_name(s.cell, curriculum, seed));
            if (result) {
                shown.skip_updates(updates_a_network(s));
                return;
            }
            network_study<Cell, FrontEnd> study(s, task, front_end, s.threads / at_a_time, shown);
            result = study(curriculum, seed);
            write_network(s, *result);
            shown.count_network(in_short(*result));
        } catch (const interrupted&) {
        } catch (const std::exception& problem) {
            const std::lock_guard guard(mutex);
            if (failure.empty())
                failure = titled(curriculum) + ", seed " + std::to_string(seed) + ": " + problem.what();
            stop_asked = true;
        }
    });
    return failure;
}

/// The same with the cell and the front end that the settings ask for.
std::string work_through(const settings& s, const eg::delayed_classification& task, std::vector<job>& jobs,
                         progress& shown) {
    const auto with = [&](const auto& front_end) {
        return s.cell == "elman"  ? work_through<eg::elman<float>>(s, task, front_end, jobs, shown)
               : s.cell == "lstm" ? work_through<eg::lstm<float>>(s, task, front_end, jobs, shown)
                                  : work_through<eg::gru<float>>(s, task, front_end, jobs, shown);
    };
    return s.has_front_end() ? with(front_end_of(s, task.images())) : with(eg::no_front_end{});
}

int run(settings s) {
    if (s.dry_run) {
        std::cout << to_json(s).dump(2) << '\n';
        return 0;
    }
    const eg::delayed_classification task{load_images(s)};
    s.images = fingerprint_of(task.images());
    const auto images = facts_of(task.images());
    auto jobs = jobs_of(s);
    std::string problem = refusal_to_resume(s, jobs);
    folder_lock lock;
    if (problem.empty()) problem = prepare_folder(s, images, lock);
    if (!problem.empty()) {
        std::cerr << "memory_study: " << problem << '\n';
        return 2;
    }
    listen_for_interrupts();
    progress shown(jobs.size(), jobs.size() * updates_a_network(s));
    const auto failure = work_through(s, task, jobs, shown);
    shown.clear();
    std::vector<network_result> finished;
    for (auto& each : jobs)
        if (each.result) finished.push_back(std::move(*each.result));
    const bool partial = finished.size() < jobs.size();
    write_study(s, images, finished, partial);
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
