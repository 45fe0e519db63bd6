using LoraBridge.Checkpoints;
using LoraBridge.Diffusion.Noise;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Goldens;

/// <summary>The seeded streams, to the last bit.</summary>
internal static class RandomGoldens
{
    public static readonly GoldenCheck Check = new("random.safetensors", Cases, Run);

    private static IEnumerable<string> Cases(string path)
    {
        using var file = CheckpointFile.Open(path);
        return [.. file.Tensors.Keys];
    }

    private static void Run(string path, string name)
    {
        using var scope = NewDisposeScope();
        using var file = CheckpointFile.Open(path);
        var expected = file.Read(name);
        var parts = name.Split('.');                                            // kind, seed, shape, perhaps which draw
        var stream = NormalGenerator.Create(parts[0] == "philox" ? NoiseOrigin.Philox : NoiseOrigin.Cpu, long.Parse(parts[1]));
        var values = new float[expected.numel()];
        if (parts[0] == "cpu_twice")
        {
            stream.Fill(values.AsSpan(0, values.Length / 2));
            stream.Fill(values.AsSpan(values.Length / 2));
        }
        else
        {
            stream.Fill(values);
            if (parts is [.., "second"]) stream.Fill(values);
        }
        TensorAssert.Same(expected, tensor(values, expected.shape, dtype: float32), name);
    }
}
