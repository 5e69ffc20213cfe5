// Trains one network on one thread and on three: the results are the same to the bit.
#include <engram/engram.hpp>

#include <iostream>

namespace eg = engram;

//! [train]
eg::vector<float> trained_weights(std::size_t threads) {
    const eg::delayed_classification task{eg::optdigits()};
    eg::recurrent_network<eg::gru<float>> network{
        {.inputs = task.inputs(), .units = 30, .outputs = task.outputs()}, eg::seed{7}};
    eg::trainer trainer{network, eg::cross_entropy{}, eg::adam{.learning_rate = 1e-3}};
    trainer.fit(task, eg::delay_curriculum{},
                {.steps = 60, .batch = 64, .seed = eg::seed{7}, .threads = threads, .shard = 16});
    return network.parameters();
}
//! [train]

int main() {
    const bool same = trained_weights(1) == trained_weights(3);
    std::cout << (same ? "the same bits\n" : "other bits\n");
    return same ? 0 : 1;
}
