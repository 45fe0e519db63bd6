using LoraBridge.Diffusion.Sampling;
using LoraBridge.Server.Sdapi.Drawing;

namespace LoraBridge.Server.Sdapi.Scripts;

/// <summary>A second checkpoint for the end of the pictures.</summary>
internal sealed class RefinerScript() : AlwaysOnScript("Refiner")
{
    public override IReadOnlyList<ScriptArgument> Arguments { get; } =
    [
        new("Refiner", false),
        new("Checkpoint", ""),
        new("Switch at", 0.8) { Minimum = 0.01, Maximum = 1, Step = 0.01 },
    ];

    public override PictureJob Prepare(PictureJob job, ScriptValues arguments) => arguments.Flag(0)
        ? job.With(("refiner_checkpoint", arguments.Text(1)), ("refiner_switch_at", arguments.Number(2)))
        : job;
}

/// <summary>Sampler, scheduler and steps.</summary>
internal sealed class SamplerScript() : AlwaysOnScript("Sampler")
{
    public override IReadOnlyList<ScriptArgument> Arguments { get; } =
    [
        new("Sampling steps", 20L) { Minimum = 1, Maximum = 150, Step = 1 },
        new("Sampling method", Samplers.All[0].Name) { Choices = [.. Samplers.All.Select(sampler => sampler.Name)] },
        new("Schedule type", Schedulers.Automatic.Label) { Choices = [.. Schedulers.All.Select(scheduler => scheduler.Label)] },
    ];

    public override PictureJob Prepare(PictureJob job, ScriptValues arguments) =>
        Fill(job, arguments, ("steps", arguments.Integer(0)), ("sampler_name", arguments.Text(1)), ("scheduler", arguments.Text(2)));
}

/// <summary>Seeds and their variations.</summary>
internal sealed class SeedScript() : AlwaysOnScript("Seed")
{
    public override IReadOnlyList<ScriptArgument> Arguments { get; } =
    [
        new("Seed", -1L),
        new("Extra", false),
        new("Variation seed", -1L),
        new("Variation strength", 0.0) { Minimum = 0, Maximum = 1, Step = 0.01 },
        new("Resize seed from width", 0L) { Minimum = 0, Maximum = 2048, Step = 8 },
        new("Resize seed from height", 0L) { Minimum = 0, Maximum = 2048, Step = 8 },
    ];

    public override PictureJob Prepare(PictureJob job, ScriptValues arguments) => arguments.Flag(1)
        ? Fill(
            job, arguments, ("seed", arguments.Integer(0)), (null, null), ("subseed", arguments.Integer(2)), ("subseed_strength", arguments.Number(3)),
            ("seed_resize_from_w", arguments.Integer(4)), ("seed_resize_from_h", arguments.Integer(5)))
        : Fill(job, arguments, ("seed", arguments.Integer(0)));
}
