using LoraBridge.Diffusion.Models;
using LoraBridge.Server.Sdapi.Files;
using LoraBridge.Server.Sdapi.Settings;

namespace LoraBridge.Server.Jobs.Kinds;

/// <summary>What a training takes where its request says nothing.</summary>
internal sealed class TrainDefaults(ServerSettings settings, CheckpointList checkpoints, OptionsStore options)
{
    /// <summary>The model that pictures are drawn with now; null where there is none at all.</summary>
    public string? Model => checkpoints.InUse(options.Current)?.Path ?? settings.Engine.Start.Model;

    /// <summary>Where to compute; null for what the engine chooses.</summary>
    public string? Device => settings.Engine.Start.Device is var device && device != "auto" ? device : null;

    /// <summary>The size of the pictures that a model was made for, by its name or path; null where its file does not say.</summary>
    public TrainedSize? SizeOf(string model) => TrainedSize.OfFile(checkpoints.Find(model)?.Path ?? model);
}
