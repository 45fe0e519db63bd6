using LoraBridge.Diffusion.Models;
using LoraBridge.Server.Sdapi.Files;
using LoraBridge.Server.Sdapi.Settings;

namespace LoraBridge.Server.Jobs.Kinds;

/// <summary>What a job takes where its request says nothing.</summary>
internal sealed class JobDefaults(ServerSettings settings, CheckpointList checkpoints, OptionsStore options, ModelSizes sizes)
{
    /// <summary>The model that pictures are drawn with now; null where there is none at all.</summary>
    public string? Model => checkpoints.InUse(options.Current)?.Path ?? settings.Engine.Start.Model;

    /// <summary>Where to compute; null for what the engine chooses.</summary>
    public string? Device => settings.Engine.Start.Device is var device && device != "auto" ? device : null;

    /// <summary>The size that a model's file says it was made for, by its name or path; null where it does not say.</summary>
    public TrainedSize? SizeOf(string model) => sizes.StatedBy(PathOf(model));

    /// <summary>The size to draw in with a model, by its name or path.</summary>
    public PictureSize DrawnSizeOf(string model) => sizes.Of(PathOf(model));

    /// <summary>The size to draw and to train in with the model in use; 512 x 512 where there is none.</summary>
    public PictureSize DrawnSize => Model is { } model ? DrawnSizeOf(model) : ModelSizes.Usual;

    private string PathOf(string model) => checkpoints.Find(model)?.Path ?? model;
}
