using LoraBridge.Checkpoints;
using LoraBridge.Diffusion.Models;
using LoraBridge.Generation;
using LoraBridge.Tests.Generation;
using System.Text.Json;

namespace LoraBridge.Tests.Goldens;

/// <summary>
/// txt2img.safetensors through the whole pipeline: prompts 0 and 3 of config.json, Euler with 20 steps and guidance 7 from the
/// noise of samplers.safetensors, to pixels.
/// </summary>
internal static class TextToImageGoldens
{
    public static readonly GoldenCheck Check = new("txt2img.safetensors", _ => ["rgb from the prompt"], Run);

    private static void Run(string path, string name)
    {
        var folder = Path.GetDirectoryName(path)!;
        using var config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "config.json")));
        var prompts = config.RootElement.GetProperty("prompts");
        using var file = CheckpointFile.Open(path);
        using var expected = file.Read("rgb");                                  // (1, 3, H, W), bytes
        using var pipeline = Pipelines.Load(Path.Combine(folder, "model.safetensors"), ComputeType.Float32);

        var image = Assert.Single(pipeline.Generate(new TextToImageRequest
        {
            Prompt = prompts[0].GetString()!,
            NegativePrompt = prompts[3].GetString()!,
            Width = (int)expected.shape[3],
            Height = (int)expected.shape[2],
            Sampler = "Euler",
            Steps = 20,
            StartNoisePath = Path.Combine(folder, "samplers.safetensors"),
        }).Images);

        using var interleaved = expected[0].permute(1, 2, 0).contiguous();      // (H, W, 3)
        var pixels = interleaved.data<byte>().ToArray();
        Assert.Equal(pixels.Length, image.Picture.Pixels.Length);
        // one step of 255: rounding may fall to either side
        var furthest = pixels.Zip(image.Picture.Pixels, (a, b) => Math.Abs(a - b)).Max();
        Assert.True(furthest <= 1, $"a pixel is {furthest} steps of 255 off");
    }
}
