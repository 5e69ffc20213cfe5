// Runs that are killed, resumed, or cannot write.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>

#include "engram/data/optdigits.hpp"
#include "engram/nn/cell/elman.hpp"
#include "engram/nn/cell/gru.hpp"
#include "engram/nn/recurrent_network.hpp"
#include "engram/task/delayed_classification.hpp"
#include "engram/training/checkpoint.hpp"
#include "engram/training/loss/attractor_penalty.hpp"
#include "engram/training/loss/cross_entropy.hpp"
#include "engram/training/optimizer/adam.hpp"
#include "engram/training/optimizer/schedule.hpp"
#include "engram/training/optimizer/sgd.hpp"
#include "engram/training/trainer.hpp"
#include "fuzz/checkpoint_bytes.hpp"
#include "fuzz/small_run.hpp"
#include "reference/effort.hpp"
#include "reference/scratch_folder.hpp"

namespace fs = std::filesystem;
using namespace engram;
using reference::scratch_folder;

namespace {

using network_type = recurrent_network<gru<float>>;

const delayed_classification& task_of_digits() {
    static const delayed_classification task{optdigits(), {.horizon = 8, .minimal_delay = 2}};
    return task;
}

network_type new_network(size_t units = 12) {
    return {{task_of_digits().inputs(), units, task_of_digits().outputs()}, seed{5}};
}

const fit_options run{.steps = 40, .batch = 16, .seed = seed{7}, .averaging = 0.9};

/// With a pool of trials that live from update to update, and anchors taken at some of them.
auto objective_of_digits() {
    return cross_entropy{} +
           0.1 * attractor_penalty{
                     task_of_digits(),
                     {.rows = 20, .life = 15, .refresh = 9, .waiting_steps = 5, .anchor_examples = 8}};
}

/// Trains, from the checkpoint if there is one; returns the weights.
vector<float> train(const fs::path& path, size_t every_steps, size_t stop_after = 1000) {
    auto network = new_network();
    trainer learner{network, objective_of_digits(),
                    scheduled{adam{.learning_rate = 1e-2}, step_decay{.at = 0.5}}};
    checkpointer keep{learner, run, {.path = path, .every_steps = every_steps, .every_seconds = 0}};
    keep.resume();
    learner.fit(task_of_digits(), vocabulary_curriculum{}, run, keep,
                [&](const training_report& r) { return r.step < stop_after; });
    return network.parameters();
}

vector<float> weights_in(const fs::path& checkpoint) {
    auto network = new_network();
    read_checkpoint(checkpoint).at("averaged").copy_to(network.parameters());
    return network.parameters();
}

}  // namespace

TEST_SUITE_BEGIN("training");

TEST_CASE("a run that stops and resumes ends with the bits of one that never stopped") {
    const scratch_folder folder;
    const auto whole = train(folder.path / "whole", 0);
    train(folder.path / "parts", 1, 13);
    train(folder.path / "parts", 1, 29);
    CHECK(train(folder.path / "parts", 1) == whole);
}

TEST_CASE("a run killed at many random moments ends with the bits of one that never stopped") {
    const scratch_folder folder;
    const auto begin = std::chrono::steady_clock::now();
    const auto whole = train(folder.path / "whole", 1);
    const auto microseconds =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin)
            .count();
    const auto checkpoint = folder.path / "killed";
    random_stream moments(seed{1}, purpose::user);
    const size_t moments_to_die = reference::optimised ? 100 : 10;
    size_t kills = 0, finished = 0;
    while (kills < moments_to_die || finished == 0) {
        const pid_t child = fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            train(checkpoint, 1);
            _exit(0);
        }
        const auto life =
            kills < moments_to_die ? moments.below(static_cast<std::uint64_t>(microseconds)) : 60'000'000;
        int status = 0;
        const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(life);
        while (waitpid(child, &status, WNOHANG) == 0) {
            if (std::chrono::steady_clock::now() < until) {
                std::this_thread::sleep_for(std::chrono::microseconds(100));
                continue;
            }
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
            break;
        }
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
            ++kills;
            continue;
        }
        REQUIRE(WIFEXITED(status));
        REQUIRE(WEXITSTATUS(status) == 0);
        CHECK(weights_in(checkpoint) == whole);
        fs::remove(checkpoint);
        ++finished;
    }
    MESSAGE(kills, " kills, ", finished, " runs that reached their end");
}

TEST_CASE("history goes on after a resume") {
    const scratch_folder folder;
    train(folder.path / "run", 1, 10);
    auto network = new_network();
    trainer learner{network, objective_of_digits(),
                    scheduled{adam{.learning_rate = 1e-2}, step_decay{.at = 0.5}}};
    checkpointer keep{learner, run, {.path = folder.path / "run"}};
    REQUIRE(keep.resume());
    REQUIRE(keep.history().size() == 10);
    learner.fit(task_of_digits(), vocabulary_curriculum{}, run, keep);
    REQUIRE(keep.history().size() == 40);
    for (size_t i = 0; i < 40; ++i) CHECK(keep.history()[i].step == i + 1);
}

TEST_CASE("a checkpointer that sees two runs keeps the second as it would the first") {
    const scratch_folder folder;
    const auto path = folder.path / "run";
    auto network = new_network();
    trainer learner{network, cross_entropy{}, adam{}};
    checkpointer keep{learner, run, {.path = path, .every_seconds = 60}};
    for (int i = 0; i < 2; ++i) learner.fit(task_of_digits(), no_curriculum{}, run, keep);
    CHECK(keep.history().size() == 40);
    CHECK(keep.resume());
    // The clock of a run begins with it: one that was stopped after an hour leaves no hour without
    // checkpoints.
    const auto report = [&](size_t step, double seconds) {
        fs::remove(path);
        keep({step, 40, 0.5, 0.5, {8, 10}, seconds, 1.0});
        return fs::exists(path);
    };
    CHECK(report(1, 3600));
    CHECK(!report(2, 3601));
    CHECK(!report(1, 1));
    CHECK(report(2, 61));
}

TEST_CASE("a checkpoint that cannot be looked at is named with the reason") {
    const scratch_folder folder;
    const auto path = folder.path / "run";
    fs::create_symlink(path, path);  // leads to itself
    auto network = new_network();
    trainer learner{network, cross_entropy{}, adam{}};
    checkpointer keep{learner, run, {.path = path}};
    const std::string says = path.string() + ": cannot be opened: Too many levels of symbolic links";
    CHECK_THROWS_WITH_AS(keep.resume(), says.c_str(), file_error);
}

TEST_CASE("a checkpoint of another network, optimizer or run is refused, and says why") {
    const scratch_folder folder;
    const auto path = folder.path / "run";
    train(path, 1);
    const auto message_of = [&](auto optimizer, size_t units, fit_options options) -> std::string {
        auto network = new_network(units);
        trainer learner{network, objective_of_digits(), optimizer};
        checkpointer keep{learner, options, {.path = path}};
        try {
            keep.resume();
        } catch (const error& e) {
            return e.what();
        }
        return "no error";
    };
    const scheduled same{adam{.learning_rate = 1e-2}, step_decay{.at = 0.5}};
    const auto says = [&](const std::string& message, const char* part) {
        CAPTURE(message);
        CHECK(message.starts_with(path.string()));
        CHECK(message.find(part) != std::string::npos);
    };
    CHECK(message_of(same, 12, run) == "no error");
    says(message_of(same, 13, run), "another network");
    // Networks whose parameters are laid out alike, but not used alike.
    recurrent_network<elman<float>> with_tanh({64, 4, 10}, seed{1});
    recurrent_network<elman<float, activations::relu>> with_relu({64, 4, 10}, seed{1});
    trainer tanh_learner{with_tanh, cross_entropy{}, adam{}};
    trainer relu_learner{with_relu, cross_entropy{}, adam{}};
    checkpointer{tanh_learner, run, {.path = folder.path / "tanh"}}.save(3);
    checkpointer relu_run{relu_learner, run, {.path = folder.path / "tanh"}};
    CHECK_THROWS_WITH_AS(relu_run.resume(), doctest::Contains("a checkpoint of another network, "),
                         file_error);
    says(message_of(sgd{}, 12, run), "another optimizer");
    says(message_of(adam{}, 12, run), "another optimizer");
    auto other = run;
    other.batch = 17;
    says(message_of(same, 12, other), "batch = 16, expected 17");
    other = run;
    other.seed = seed{8};
    says(message_of(same, 12, other), "seed = 7, expected 8");
    other = run;
    other.averaging = 0.5;
    says(message_of(same, 12, other), "another run, with averaging = 0.9, expected 0.5");
    other = run;
    other.unit_noise = 0.1;
    says(message_of(same, 12, other), "'unit_noise'");
    other = run;
    other.clip_norm = 3;
    says(message_of(same, 12, other), "another run, with clip_norm = ");
}

TEST_CASE("a checkpoint whose checksum is right and whose numbers are not is refused, and changes nothing") {
    const scratch_folder folder;
    const auto path = folder.path / "run";
    train(path, 1);
    const auto good = read_checkpoint(path);
    const auto refuses = [&](const char* name, const stored_array& instead, const char* part) {
        named_arrays changed(path.string());
        for (const auto& [other, array] : good) changed.add(other, other == name ? instead : array);
        write_checkpoint(path, changed);
        auto network = new_network();
        const auto before = network.parameters();
        trainer learner{network, objective_of_digits(),
                        scheduled{adam{.learning_rate = 1e-2}, step_decay{.at = 0.5}}};
        checkpointer keep{learner, run, {.path = path}};
        std::string message = "no error";
        try {
            keep.resume();
        } catch (const file_error& e) {
            message = e.what();
        }
        CAPTURE(message);
        CHECK(message.find(part) != std::string::npos);
        CHECK(message.starts_with(path.string()));
        CHECK(network.parameters() == before);
        CHECK(keep.history().empty());
    };
    const size_t n = new_network().parameters().size();
    refuses("step", stored_array::of(std::vector<std::uint64_t>{}), "found shape (0), expected (1)");
    refuses("step", stored_array::of(std::vector<std::uint64_t>{41}), "found 41, expected at most 40");
    refuses("history", stored_array::of(std::vector<double>{}, {size_t{1} << 40, 0}),
            "expected at most (40 x 3)");
    refuses("history", stored_array::of(std::vector<double>{1, 2}, {1, 2}), "expected at most (40 x 3)");
    refuses("history", stored_array::of(std::vector<double>{-1, 2, 3}, {1, 3}), "row 0 is of step -1");
    refuses("history", stored_array::of(std::vector<double>{NAN, 2, 3}, {1, 3}), "expected a finite number");
    refuses("slots", stored_array::of(std::vector<float>(2 * n, NAN), {2, n}), "expected a finite number");
    refuses("slots", stored_array::of(std::vector<float>(n), {1, n}), "found shape (1 x ");
    refuses("term1_states", stored_array::of(std::vector<float>(20), {20, 1}), "expected (20 x 12)");
    refuses("term1_states", stored_array::of(std::vector<float>(240, NAN), {20, 12}),
            "expected a finite number");
    refuses("averaged", stored_array::of(std::vector<float>(n - 1)), "expected (");
    refuses("averaged", stored_array::of(std::vector<float>(n, NAN)), "expected a finite number");
    refuses("parameters", stored_array::of(std::vector<double>(n)), "found F64, expected F32");
}

TEST_CASE("a checkpoint of a run with other penalties is refused by the name that it lacks") {
    const scratch_folder folder;
    const auto path = folder.path / "run";
    auto network = new_network();
    trainer without{network, cross_entropy{}, adam{}};
    trainer with{network, objective_of_digits(), adam{}};
    checkpointer{without, run, {.path = path}}.save(3);
    checkpointer keep{with, run, {.path = path}};
    CHECK_THROWS_WITH_AS(keep.resume(), doctest::Contains("term1_states"), file_error);
}

TEST_CASE("the seed corpus of the fuzz target \"resume\" is resumed from") {
    for (const auto& [name, step] :
         std::map<std::string, size_t>{{"new", 0}, {"begun", 2}, {"finished", 5}}) {
        small_run small;
        const bytes content = with_right_checksums(read_file(ENGRAM_TEST_DIR "/fuzz/corpus/resume/" + name));
        small.keep.restore(parse_checkpoint(content, name));
        CHECK(small.learner.state().step == step);
        CHECK(small.keep.history().size() == step);
        CHECK(small.network.parameters()[12] == 1);
    }
}

TEST_CASE("a run that has left the finite numbers is not saved") {
    const scratch_folder folder;
    const auto path = folder.path / "run";
    auto network = new_network();
    trainer learner{network, cross_entropy{}, adam{}};
    checkpointer keep{learner, run, {.path = path}};
    network.parameters()[3] = std::numeric_limits<float>::quiet_NaN();
    const std::string says =
        path.string() + ": at step 5 the run has numbers that are not finite, with which none could go on";
    CHECK_THROWS_WITH_AS(keep.save(5), says.c_str(), file_error);
    CHECK(!fs::exists(path));
}

TEST_CASE("a checkpoint that cannot be written costs itself, neither the run nor the file before it") {
    const scratch_folder folder;
    const auto path = folder.path / "run";
    train(path, 1, 5);
    const auto before = read_file(path);
    fs::create_directory(path.string() + ".partial");  // so that no new file can be made
    std::vector<std::string> warnings;
    auto network = new_network();
    trainer learner{network, cross_entropy{}, adam{.learning_rate = 1e-2}};
    checkpointer keep{
        learner,
        run,
        {.path = path, .every_steps = 10, .every_seconds = 0, .warn = [&](const std::string& w) {
             warnings.push_back(w);
         }}};
    CHECK(learner.fit(task_of_digits(), no_curriculum{}, run, keep).steps == 40);
    CHECK(warnings.size() == 4);
    CHECK(warnings.at(0).find(path.string()) != std::string::npos);
    CHECK(read_file(path) == before);
}
