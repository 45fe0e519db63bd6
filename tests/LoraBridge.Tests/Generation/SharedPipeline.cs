using LoraBridge.Diffusion.Models;
using LoraBridge.Generation;

namespace LoraBridge.Tests.Generation;

/// <summary>A pipeline over the small model for all tests of a class: no request leaves anything that the next one sees.</summary>
public sealed class SharedPipeline : IDisposable
{
    public TextToImage Pipeline { get; } = Pipelines.Load(Pipelines.TinyModel, ComputeType.Float32);

    public void Dispose() => Pipeline.Dispose();
}
