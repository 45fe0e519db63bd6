using LoraBridge.Diffusion.Sampling;
using LoraBridge.Generation;
using LoraBridge.Server.Sdapi.Files;
using LoraBridge.Server.Sdapi.Settings;
using LoraBridge.Server.Sdapi.Wire;

namespace LoraBridge.Server.Sdapi.Endpoints;

/// <summary>Lists what requests can name: samplers, upscalers, models, styles, embeddings.</summary>
internal static class ListingApi
{
    public static void MapListing(this RouteGroupBuilder routes)
    {
        var group = routes.MapGroup("").WithTags("Listings");
        group.MapGet("/samplers", GetSamplers).WithName("SdapiSamplers").WithSummary("List the samplers");
        group.MapGet("/schedulers", GetSchedulers).WithName("SdapiSchedulers").WithSummary("List the schedulers");
        group.MapGet("/upscalers", GetUpscalers).WithName("SdapiUpscalers").WithSummary("List the upscalers of pictures");
        group.MapGet("/latent-upscale-modes", GetLatentModes).WithName("SdapiLatentUpscaleModes").WithSummary("List the ways to enlarge latents");
        group.MapGet("/sd-models", GetModels).WithName("SdapiModels").WithSummary("List the checkpoints");
        group.MapGet("/sd-vae", GetVaes).WithName("SdapiVaes").WithSummary("List the autoencoders with files of their own");
        group.MapGet("/hypernetworks", None).WithName("SdapiHypernetworks").WithSummary("List the hypernetworks, of which there are none");
        group.MapGet("/face-restorers", None).WithName("SdapiFaceRestorers").WithSummary("List the restorers of faces, of which there are none");
        group.MapGet("/realesrgan-models", None).WithName("SdapiRealEsrganModels").WithSummary("List the Real-ESRGAN models, of which there are none");
        group.MapGet("/prompt-styles", GetStyles).WithName("SdapiPromptStyles").WithSummary("List the styles of prompts");
        group.MapGet("/embeddings", GetEmbeddings).WithName("SdapiEmbeddings").WithSummary("List the embeddings, those for other models apart");
    }

    private static JsonAnswer GetSamplers() => new(Samplers.All.Select(sampler => new { sampler.Name, sampler.Aliases, Options = OptionsOf(sampler) }));

    private static JsonAnswer GetSchedulers() => new(Schedulers.All.Select(scheduler => new
    {
        scheduler.Name,
        scheduler.Label,
        Aliases = scheduler.Aliases.Count == 0 ? null : scheduler.Aliases,
        scheduler.DefaultRho,
        NeedInnerModel = scheduler.NeedsModel,
    }));

    private static JsonAnswer GetUpscalers() =>
        new(Upscalers.All.Select(upscaler => new { upscaler.Name, ModelName = (string?)null, ModelPath = (string?)null, ModelUrl = (string?)null, Scale = (double)upscaler.Scale }));

    private static JsonAnswer GetLatentModes() => new(LatentUpscaling.All.Select(mode => new { mode.Name }));

    private static JsonAnswer GetModels(CheckpointList checkpoints) =>
        new(checkpoints.All.Select(model => new { model.Title, model.ModelName, model.Hash, model.Sha256, Filename = model.Path, model.Config }));

    private static JsonAnswer GetVaes(VaeList vaes) => new(vaes.All.Select(vae => new { ModelName = vae.Name, Filename = vae.Path }));

    private static JsonAnswer None() => new(Array.Empty<object>());

    private static JsonAnswer GetStyles(StyleList styles) => new(styles.Current.All.Select(style => new { style.Name, style.Prompt, style.NegativePrompt }));

    private static JsonAnswer GetEmbeddings(EmbeddingList embeddings, CheckpointList checkpoints, TextWidths widths, OptionsStore store)
    {
        var width = widths.Of(checkpoints.InUse(store.Current));
        var all = embeddings.All;
        return new(new { Loaded = Of(header => header.Width == width), Skipped = Of(header => header.Width != width) });

        OrderedDictionary<string, object> Of(Func<EmbeddingHeader, bool> fits)
        {
            var named = new OrderedDictionary<string, object>(StringComparer.Ordinal);
            foreach (var (name, (_, header)) in all)
                if (fits(header)) named[name] = new { header.Step, SdCheckpoint = header.Checkpoint, SdCheckpointName = header.CheckpointName, Shape = header.Width, header.Vectors };
            return named;
        }
    }

    // all of it text, as the WebUI has it
    private static Dictionary<string, string> OptionsOf(Sampler sampler)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        if (sampler.DefaultScheduler is { } scheduler) options["scheduler"] = scheduler;
        if (sampler.UsesEnsd) options["uses_ensd"] = "True";
        if (sampler.DiscardNextToLastSigma) options["discard_next_to_last_sigma"] = "True";
        if (sampler.SecondOrder) options["second_order"] = "True";
        if (sampler.UsesBrownianNoise) options["brownian_noise"] = "True";
        if (sampler.Name.EndsWith("SDE Heun", StringComparison.Ordinal)) options["solver_type"] = "heun";
        return options;
    }
}
