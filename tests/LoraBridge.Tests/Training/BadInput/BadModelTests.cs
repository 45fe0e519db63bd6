using LoraBridge.Tests.Generation;
using LoraBridge.Tests.Goldens;
using LoraBridge.Tests.Native;
using LoraBridge.Training.Settings;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Training.BadInput;

/// <summary>Runs on checkpoints, autoencoders and start weights that are damaged, of another kind or without numbers.</summary>
[Collection(ProcessWide.Name)]
public sealed class BadModelTests
{
    private const string UNetWeight = "model.diffusion_model.out.2.weight", TextWeight = "cond_stage_model.transformer.text_model.final_layer_norm.weight", VaeWeight = "first_stage_model.encoder.conv_in.weight";

    private static readonly Dictionary<string, Mistake> s_mistakes = new()
    {
        ["empty"] = Model(run => run.Write("m.safetensors", []), "m.safetensors", "empty", "Fetch it again"),
        ["cut short"] = Model(run => run.Write("m.safetensors", File.ReadAllBytes(Pipelines.TinyModel)[..1_000_000]), "m.safetensors"),
        ["cut short in its header"] = Model(run => run.Write("m.safetensors", File.ReadAllBytes(Pipelines.TinyModel)[..100]), "m.safetensors"),
        ["noise"] = Model(run => run.Write("m.safetensors", [.. Enumerable.Range(1, 5000).Select(i => (byte)(i * 37))]), "m.safetensors"),
        ["web page"] = Model(run => run.Write("m.safetensors", "<!DOCTYPE html>Sign in"), "m.safetensors", "web page", "Download the file again"),
        ["LFS pointer"] = Model(run => run.Write("m.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), "m.safetensors", "Git LFS pointer", "git lfs pull"),
        ["pickle with code"] = Model(_ => Fixture("malicious.pt"), "malicious.pt"),
        ["old pickle with code"] = Model(_ => Fixture("malicious-legacy.pt"), "malicious-legacy.pt"),
        ["embedding"] = Model(_ => Fixture("embedding.pt"), "embedding.pt", "no Stable Diffusion model", "Choose a Stable Diffusion 1.x checkpoint"),
        ["adapter"] = Model(_ => AdapterFolder.Golden("linear"), "lora-linear.safetensors", "a LoRA", "Choose a Stable Diffusion 1.x checkpoint"),
        ["picture"] = Model(run => Path.Combine(run.Pictures, "0.png"), "0.png"),
        ["autoencoder alone"] = Model(run => Changed(run, tensors => Keep(tensors, "first_stage_model.")), "m.safetensors", "an autoencoder alone", "Choose a Stable Diffusion 1.x checkpoint"),
        ["SDXL"] = Model(run => Changed(run, tensors => tensors.Add("conditioner.embedders.1.model.text_projection", zeros(2, 2))), "Stable Diffusion XL", "Choose a Stable Diffusion 1.x checkpoint"),
        ["SD 2"] = Model(run => Changed(run, tensors => tensors.Add("cond_stage_model.model.ln_final.weight", zeros(4))), "Stable Diffusion 2.x", "Choose a Stable Diffusion 1.x checkpoint"),
        ["inpainting"] = Model(run => Changed(run, tensors => tensors["model.diffusion_model.input_blocks.0.0.weight"] = zeros(tensors["model.diffusion_model.input_blocks.0.0.weight"].shape[0], 9, 3, 3)), "inpainting", "Choose"),
        ["no autoencoder"] = Model(run => Changed(run, tensors => Drop(tensors, "first_stage_model.")), "autoencoder missing", "Give an autoencoder's file", "model.vae"),
        ["no text encoder"] = Model(run => Changed(run, tensors => Drop(tensors, "cond_stage_model.")), "text encoder missing", "Choose"),
        ["a tensor missing"] = Model(run => Changed(run, tensors => tensors.Remove(UNetWeight)), "m.safetensors", "it has no 'out.2.weight'", "Choose a complete"),
        ["a tensor of another shape"] = Model(run => Changed(run, tensors => tensors[UNetWeight] = zeros(4, 3, 3, 3)), "m.safetensors", UNetWeight),
        ["NaN in the UNet"] = Model(run => Changed(run, tensors => tensors[UNetWeight].fill_(float.NaN)), "model.path", "m.safetensors", "NaN", "Choose another checkpoint"),
        ["infinity in the UNet"] = Model(run => Changed(run, tensors => tensors[UNetWeight].fill_(float.PositiveInfinity)), "model.path", "m.safetensors", "Choose another checkpoint"),
        ["NaN in the text encoder"] = Model(run => Changed(run, tensors => tensors[TextWeight].fill_(float.NaN)), "model.path", "m.safetensors", "Choose another checkpoint"),
        ["NaN in the autoencoder"] = Model(run => Changed(run, tensors => tensors[VaeWeight].fill_(float.NaN)), ".png", "NaN", "try another VAE"),

        ["VAE of latents of another width"] = Vae(run => run.Model("vae.safetensors", tensors =>
        {
            Keep(tensors, "first_stage_model.");
            tensors["first_stage_model.quant_conv.weight"] = zeros(32, 32, 1, 1);
        }), "VAE"),
        ["VAE cut short"] = Vae(run => run.Write("vae.pt", "x"), "vae.pt"),
        ["VAE that is an adapter"] = Vae(_ => AdapterFolder.Golden("linear"), "lora-linear.safetensors", "autoencoder's file"),

        ["start weights cut short"] = Start(run => run.Write("s.safetensors", File.ReadAllBytes(AdapterFolder.Golden("linear"))[..5000]), "s.safetensors"),
        ["start weights NaN"] = Start(run => run.Model("s.safetensors", tensors => tensors.Values.First(tensor => tensor.dim() == 2).fill_(float.NaN), AdapterFolder.Golden("linear")), "s.safetensors", "NaN", "Begin from an earlier checkpoint"),
        ["start weights of another model"] = Start(run => run.Model("s.safetensors", Widen, AdapterFolder.Golden("linear")), "s.safetensors"),
        ["start weights that are a checkpoint"] = Start(_ => Pipelines.TinyModel, "model.safetensors", "no adapter"),
        ["start weights that are a picture"] = Start(run => Path.Combine(run.Pictures, "0.png"), "0.png"),
        ["merged weights missing"] = Merged(run => run.At("style.safetensors"), "model.mergedWeights", "there is no file", "Give the adapters' files"),
        ["merged weights NaN"] = Merged(run => run.Model("s.safetensors", tensors => tensors.Values.First(tensor => tensor.dim() == 2).fill_(float.NaN), AdapterFolder.Golden("linear")), "s.safetensors", "NaN", "model.mergedWeights"),
        ["merged weights of another model"] = Merged(run => run.Model("s.safetensors", Widen, AdapterFolder.Golden("linear")), "s.safetensors"),
        ["merged by no number"] = new(run => run.Options with { Model = run.Options.Model with { MergedWeights = [AdapterFolder.Golden("linear")], MergedWeightMultipliers = [double.NaN] } }, "model.mergedWeightMultipliers"),
        ["start weights of another algorithm"] = new(run => run.Options with { Network = new() { Algorithm = NetworkAlgorithm.LoHa, Rank = 4, StartWeights = AdapterFolder.Golden("linear") } }, "lora-linear.safetensors", "network.algorithm"),
    };

    public static TheoryData<string> Mistakes => Mistake.Names(s_mistakes);

    [Theory, MemberData(nameof(Mistakes))]
    public void Run_BadModel_IsRefusedWithItsNameAndTheCure(string mistake) => BadRun.Refuses(s_mistakes[mistake]);

    private static Mistake Model(Func<BadRun, string> path, params string[] words) => new(run => run.Options with { Model = new() { Path = path(run) } }, words);

    private static Mistake Vae(Func<BadRun, string> path, params string[] words) => new(run => run.Options with { Model = run.Options.Model with { Vae = path(run) } }, words);

    private static Mistake Start(Func<BadRun, string> path, params string[] words) => new(run => run.Options with { Network = run.Options.Network with { StartWeights = path(run) } }, words);

    private static Mistake Merged(Func<BadRun, string> path, params string[] words) => new(run => run.Options with { Model = run.Options.Model with { MergedWeights = [path(run)] } }, words);

    private static string Changed(BadRun run, Action<Dictionary<string, Tensor>> change) => run.Model("m.safetensors", change);

    private static string Fixture(string name) => Path.Combine(GoldenFolders.Fixtures, "checkpoints", name);

    private static void Keep(Dictionary<string, Tensor> tensors, string prefix)
    {
        foreach (var key in tensors.Keys.Where(key => !key.StartsWith(prefix, StringComparison.Ordinal)).ToList()) tensors.Remove(key);
    }

    private static void Drop(Dictionary<string, Tensor> tensors, string prefix)
    {
        foreach (var key in tensors.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).ToList()) tensors.Remove(key);
    }

    // as of a model twice as wide
    private static void Widen(Dictionary<string, Tensor> tensors)
    {
        foreach (var (key, tensor) in tensors.Where(pair => pair.Key.EndsWith("lora_down.weight", StringComparison.Ordinal)).ToList())
            tensors[key] = cat([tensor, tensor], dim: 1);
    }
}
