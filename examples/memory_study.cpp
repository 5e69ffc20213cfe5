// Trains memories, measures how long they last, finds where they live, makes them last, and writes it all up.
#include "memory_study/image_data.hpp"
#include "memory_study/options.hpp"
#include "memory_study/output.hpp"
#include "memory_study/phase.hpp"
#include "memory_study/progress.hpp"
#include "memory_study/work.hpp"

#include <iostream>

namespace {

using namespace memory_study;

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

int run(settings s) {
    if (s.dry_run) {
        std::cout << as_json(s) << '\n';
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
    progress shown(jobs.size(), updates_of(s, jobs));
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
        end.print();
        return end.status;
    } catch (const std::exception& problem) {
        std::cerr << "memory_study: " << problem.what() << '\n';
        return 1;
    }
}
