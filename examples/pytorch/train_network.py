"""Trains a GRU in PyTorch to be a 3-bit flip-flop, and saves it for ../pytorch_network.cpp.

    python3 -m venv venv && venv/bin/pip install torch safetensors
    venv/bin/python train_network.py flip_flop.safetensors

Each of three inputs is 0 but for rare pulses of +1 or -1; each output is to be the sign of the last pulse on
its input (Sussillo and Barak 2013). Takes about a minute on one core.
"""

import sys

import torch
from safetensors.torch import save_file

BITS, UNITS, STEPS, TRIALS, UPDATES = 3, 24, 40, 64, 3000


class FlipFlop(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = torch.nn.GRU(BITS, UNITS, batch_first=True)
        self.fc = torch.nn.Linear(UNITS, BITS)

    def forward(self, frames):
        return self.fc(self.rnn(frames)[0])


def draw_trials():
    pulses = torch.randint(0, 2, (TRIALS, STEPS, BITS)) * 2.0 - 1.0
    shown = torch.rand(TRIALS, STEPS, BITS) < 0.15
    shown[:, 0] = True  # every trial opens with a pulse on each input
    last = torch.where(shown, torch.arange(STEPS)[None, :, None], 0).cummax(dim=1).values
    return pulses * shown, pulses.gather(1, last)


def main(path):
    torch.manual_seed(1)
    torch.set_num_threads(1)
    network = FlipFlop()
    optimizer = torch.optim.Adam(network.parameters(), lr=5e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, UPDATES)
    for update in range(UPDATES):
        frames, targets = draw_trials()
        loss = torch.nn.functional.mse_loss(network(frames), targets)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if (update + 1) % 500 == 0:
            print(f"update {update + 1}: mean squared error {loss.item():.5f}")
    save_file(network.state_dict(), path)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "flip_flop.safetensors")
