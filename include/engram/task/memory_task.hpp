/// @file
/// What a task of labelled memories is: one whose memories can be shown, waited on and asked for singly.
#pragma once

#include <concepts>
#include <span>

#include "engram/core/random.hpp"
#include "engram/core/tensor.hpp"
#include "engram/task/task.hpp"

namespace engram {

/// The two sets that a memory's examples are in.
enum class example_set {
    training,  ///< those that training shows
    held_out,  ///< those that it never shows; where a memory has only one example, that one
};

/// A task whose memories have labels 0, ..., labels() - 1, so that a network trained on it can be studied.
/// Such a trial shows a memory in its first frame, waits for some frames and asks in the last one.
/// - `labels()`: how many memories can be told apart;
/// - `examples(set, label)`: how many examples of a memory a set has, at least one;
/// - `show(set, label, example, frame)`: writes the frame that shows an example;
/// - `wait(stream, scale, frame)`: writes a frame of what follows, its noise drawn from the stream and its
///   deviation multiplied by `scale`;
/// - `ask(frame)`: makes of a frame one that asks, as by setting a trigger; it leaves the others be;
/// - `answer(outputs)`: the label that the outputs name, or labels() if they name none;
/// - `mean_input()`: the mean frame of waiting (inputs), in double precision.
///
/// Frames are std::span<T> of inputs() numbers; `ask` and `answer` are called with double as well, since slow
/// points are found in double precision. All are const and several threads call them at once.
template <class K, class T = float>
concept memory_task = task<K, T> &&
    requires(const K k, example_set set, size_t label, size_t example, random_stream& stream, double scale,
             std::span<T> frame, std::span<double> mean, std::span<const T> outputs,
             std::span<const double> exact) {
    { k.labels() } -> std::convertible_to<size_t>;
    { k.examples(set, label) } -> std::convertible_to<size_t>;
    k.show(set, label, example, frame);
    k.wait(stream, scale, frame);
    k.ask(frame);
    k.ask(mean);
    { k.answer(outputs) } -> std::convertible_to<size_t>;
    { k.answer(exact) } -> std::convertible_to<size_t>;
    { k.mean_input() } -> std::convertible_to<vector<double>>;
};

/// A memory task's frames of waiting, for whoever asks for noise: speed_penalty, mean_features. The task is
/// referred to.
template <class Task>
class waiting_noise {
  public:
    /// The waiting of a task, which must outlive this.
    explicit waiting_noise(const Task& task) : task_(&task) {}
    /// A task that nobody keeps would be gone before the first frame.
    explicit waiting_noise(const Task&& task) = delete;
    /// How many numbers a frame has.
    [[nodiscard]] size_t inputs() const { return task_->inputs(); }
    /// Writes one frame (inputs) from a stream.
    template <class T>
    requires memory_task<Task, T>
    void operator()(random_stream& stream, std::span<T> frame) const { task_->wait(stream, 1.0, frame); }

  private:
    const Task* task_;
};

}  // namespace engram
