using System.Globalization;
using LoraBridge.Diffusion.Models;
using LoraBridge.Diffusion.Text;
using LoraBridge.Generation;
using LoraBridge.Imaging;

namespace LoraBridge.Training.Samples;

/// <summary>A picture that was drawn during a run.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Image">The picture, with its infotext.</param>
/// <param name="Prompt">Which of the prompts, from 0.</param>
public sealed record DrawnSample(string Path, GeneratedImage Image, int Prompt);

/// <summary>Draws the sample prompts with the networks as they are at that moment, through the pipeline of every other picture.</summary>
/// <param name="model">The networks, with the adapter in training on them.</param>
/// <param name="tokenizer">The text encoder's tokenizer.</param>
/// <param name="modelPath">The checkpoint's file, for the infotexts.</param>
/// <param name="requests">The prompts.</param>
/// <param name="folder">Where pictures go; made when needed.</param>
/// <param name="name">The run's name.</param>
internal sealed class SampleDrawer(StableDiffusionModel model, ClipTokenizer tokenizer, string modelPath, IReadOnlyList<TextToImageRequest> requests, string folder, string name)
{
    /// <summary>Whether there is anything to draw.</summary>
    public bool HasPrompts => requests.Count > 0;

    /// <summary>Draws all prompts after a step, from 1, or before the first, 0.</summary>
    /// <param name="step">Steps done.</param>
    /// <param name="between">Called before every prompt.</param>
    /// <param name="stop">Asked between calls of the network.</param>
    public IReadOnlyList<DrawnSample> Draw(long step, Action between, CancellationToken stop)
    {
        Directory.CreateDirectory(folder);
        // a pipeline of its own each time: the text encoder has changed since
        using var pipeline = TextToImage.Over(model, tokenizer, new() { ModelPath = modelPath });
        var drawn = new List<DrawnSample>();
        foreach (var (i, request) in requests.Index())
        {
            between();
            var image = pipeline.Generate(request, cancel: stop).Images[0];
            var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{name}_{step:000000}_{i:00}_{image.Seed}.png"));
            PictureFile.Write(path, image.Picture);
            drawn.Add(new(path, image, i));
        }
        return drawn;
    }
}
