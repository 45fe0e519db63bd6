using LoraBridge.Checkpoints;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Goldens;

/// <summary>The autoencoder both ways, and the last step of a whole picture.</summary>
internal static class AutoencoderGoldens
{
    private const double Limit = 3e-5;

    public static readonly GoldenCheck Encode = new("vae.safetensors", path => GoldenModels.Stems(path, ".mean"), RunEncode);

    public static readonly GoldenCheck Decode = new("vae.safetensors", path => GoldenModels.Stems(path, ".latent"), RunDecode);

    public static readonly GoldenCheck Picture = new("txt2img.safetensors", path => GoldenModels.Stems(path, "latent").Select(_ => "image"), RunPicture);

    private static void RunEncode(string path, string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var file = CheckpointFile.Open(path);
        var (mean, logVariance) = GoldenModels.Beside(path).Autoencoder.Encode(file.Read($"{name}.image"));
        GoldenModels.Check(path, file, $"{name}.mean", mean, Limit);
        GoldenModels.Check(path, file, $"{name}.logvar", logVariance, Limit);
    }

    private static void RunDecode(string path, string name) => CheckDecoded(path, $"{name}.latent", $"{name}.image");

    private static void RunPicture(string path, string name) => CheckDecoded(path, "latent", name);

    private static void CheckDecoded(string path, string latents, string image)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var file = CheckpointFile.Open(path);
        var model = GoldenModels.Beside(path);
        GoldenModels.Check(path, file, image, model.Autoencoder.Decode(file.Read(latents) / model.Hints.ScaleFactor!.Value), Limit);
    }
}
