using LoraBridge.Diffusion.Models;
using LoraBridge.Generation;
using LoraBridge.Imaging;
using LoraBridge.Lora.Tools;
using LoraBridge.Server.Engine.Protocol;

namespace LoraBridge.Server.Engine.Host;

/// <summary>Sends how far a checkpoint is read.</summary>
internal sealed class LoadReports(EngineJob job, EngineWorker worker) : IProgress<LoadProgress>
{
    private int _last = -1;

    public void Report(LoadProgress value)
    {
        worker.GiveSign();
        var percent = value.BytesTotal == 0 ? 100 : (int)(100 * value.BytesRead / value.BytesTotal);
        if (percent == _last) return;                                           // a checkpoint has a thousand tensors
        _last = percent;
        job.Report(new ProgressLine(new(EngineStage.Loading, percent / 100.0)));
    }
}

/// <summary>Sends how far pictures are sampled.</summary>
internal sealed class SamplingReports(EngineJob job, EngineWorker worker) : IProgress<SamplingProgress>
{
    public void Report(SamplingProgress value)
    {
        worker.GiveSign();
        job.Report(new ProgressLine(new(EngineStage.Sampling, value.Fraction)
        {
            Finished = value.Finished,
            Wanted = value.Wanted,
            Pass = value.Pass,
            Passes = value.Passes,
            Step = value.Step,
            Steps = value.Steps,
            Preview = value.Preview is { } preview ? PictureFile.Encode(preview, new() { Compression = System.IO.Compression.CompressionLevel.Fastest }) : null,
        }));
    }
}

/// <summary>Sends how far a tool is.</summary>
internal sealed class ToolReports(EngineJob job, EngineWorker worker) : IProgress<ToolProgress>
{
    public void Report(ToolProgress value)
    {
        worker.GiveSign();
        job.Report(new ProgressLine(new(EngineStage.Working, value.Fraction)));
    }
}
