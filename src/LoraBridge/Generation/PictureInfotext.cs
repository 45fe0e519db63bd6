using LoraBridge.Checkpoints;
using LoraBridge.Diffusion.Noise;
using LoraBridge.Diffusion.Text;

namespace LoraBridge.Generation;

/// <summary>Writes the infotexts of a pipeline's pictures.</summary>
internal sealed class PictureInfotext
{
    private readonly TextToImageOptions _options;
    private readonly Lazy<Task<string>> _modelHash;

    public PictureInfotext(TextToImageOptions options)
    {
        _options = options;
        // a checkpoint takes seconds to hash, so that goes on beside the sampling
        _modelHash = new(() => Task.Run(() => FileHashes.Sha256(options.ModelPath, options.CacheFolder)));
    }

    /// <summary>Begins what takes time.</summary>
    public void Begin() => _ = _modelHash.Value;

    /// <summary>The text of a picture.</summary>
    public string Of(TextToImageRequest request, SamplingRun run, int image, ChosenLoras chosen, PromptConditioning conditioning)
    {
        var (choice, seeds) = (run.Choice, run.Seeds);
        var varied = request.SubseedStrength != 0;
        var resized = request.SeedResizeFromWidth > 0 && request.SeedResizeFromHeight > 0;
        var vae = _options.Model.AutoencoderPath;
        // what was not asked for in the prompt is written as tags, so that the text alone gives the picture again
        var prompt = string.Join(' ', [request.Prompt, .. request.Loras.Select(LoraTagText.Write)]);
        return Infotext.Write(prompt, request.NegativePrompt, new Dictionary<string, object?>
        {
            ["Steps"] = request.Steps,
            ["Sampler"] = choice.Sampler.Name,
            ["Schedule type"] = choice.ScheduleType,
            ["CFG scale"] = request.GuidanceScale,
            ["Seed"] = seeds.SeedOf(image),
            ["Size"] = $"{request.Width}x{request.Height}",
            ["Model hash"] = _modelHash.Value.GetAwaiter().GetResult()[..10],
            ["Model"] = Path.GetFileNameWithoutExtension(_options.ModelPath),
            ["VAE hash"] = vae is null ? null : FileHashes.Sha256(vae, _options.CacheFolder)[..10],
            ["VAE"] = vae is null ? null : Path.GetFileName(vae),
            ["Variation seed"] = varied ? seeds.SubseedOf(image) : null,
            ["Variation seed strength"] = varied ? request.SubseedStrength : null,
            ["Seed resize from"] = resized ? $"{request.SeedResizeFromWidth}x{request.SeedResizeFromHeight}" : null,
            ["Clip skip"] = request.ClipSkip > 1 ? request.ClipSkip : null,
            ["ENSD"] = request.EtaNoiseSeedDelta != 0 && choice.Sampler.UsesEnsd && request.Eta != 0 ? request.EtaNoiseSeedDelta : null,
            ["RNG"] = request.NoiseOrigin == NoiseOrigin.Cpu ? "CPU" : null,
            ["Start noise"] = request.StartNoisePath is { } noise ? Path.GetFileName(noise) : null,
            ["Eta"] = request.Eta,
            ["Emphasis"] = request.Emphasis != EmphasisMode.Original && (request.Prompt + request.NegativePrompt).AsSpan().IndexOfAny("([") >= 0 ? Name(request.Emphasis) : null,
            ["Lora hashes"] = chosen.HashText,
            ["TI hashes"] = TextEmbedding.DescribeHashes(conditioning.Positive.Embeddings.Concat(conditioning.Negative.Embeddings)),
            ["Version"] = $"LoraBridge {typeof(PictureInfotext).Assembly.GetName().Version?.ToString(3)}",
        });
    }

    private static string Name(EmphasisMode mode) => mode == EmphasisMode.NoNorm ? "No norm" : mode.ToString();
}
