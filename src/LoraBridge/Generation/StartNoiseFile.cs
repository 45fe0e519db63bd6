using LoraBridge.Checkpoints;
using LoraBridge.Diffusion.Noise;
using static TorchSharp.torch;

namespace LoraBridge.Generation;

/// <summary>Start noise from a file instead of a seed: to repeat what another program drew.</summary>
internal static class StartNoiseFile
{
    private const string Name = "noise";

    /// <summary>Reads the noise of a batch.</summary>
    /// <param name="path">A safetensors file with a tensor "noise", (4, h, w) for every picture, or (B, 4, h, w) for one each.</param>
    /// <param name="shape">The size of the pictures' latents.</param>
    /// <param name="first">The batch's first picture, counted over the job from 0.</param>
    /// <param name="count">The pictures in the batch.</param>
    /// <param name="device">Where the result goes.</param>
    /// <returns>(count, 4, h, w), float32.</returns>
    /// <exception cref="ArgumentException">The file holds no such tensor, or it is of another size.</exception>
    public static Tensor Read(string path, LatentShape shape, int first, int count, Device device)
    {
        using var scope = NewDisposeScope();
        using var file = CheckpointFile.Open(path);
        if (!file.Tensors.TryGetValue(Name, out var entry))
            throw new ArgumentException($"{path} holds no tensor '{Name}': write unit noise of shape [{shape.Channels}, {shape.Height}, {shape.Width}] under that name.", nameof(path));
        var noise = file.Read(Name, device).to(float32);
        if (noise.dim() == 3) noise = noise.unsqueeze(0).expand(first + count, -1, -1, -1);
        var sizes = noise.shape;
        if (sizes.Length != 4 || sizes[1] != shape.Channels || sizes[2] != shape.Height || sizes[3] != shape.Width)
            throw new ArgumentException($"{path}: '{Name}' is [{string.Join(", ", entry.Shape)}], but a picture of {shape.Width * 8}x{shape.Height * 8} needs [{shape.Channels}, {shape.Height}, {shape.Width}]: ask for the size the noise was drawn for.", nameof(path));
        if (sizes[0] < first + count)
            throw new ArgumentException($"{path}: '{Name}' is the noise of {sizes[0]} pictures, and {first + count} are wanted.", nameof(path));
        return noise.narrow(0, first, count).clone().MoveToOuterDisposeScope();
    }
}
