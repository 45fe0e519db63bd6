using LoraBridge.Lora.Tools;
using LoraBridge.Server.Engine.Protocol;

namespace LoraBridge.Server.Engine.Host;

/// <summary>Runs the tools that make adapter files from files.</summary>
internal static class EngineTools
{
    public static EngineResult Run(EngineJob job, EngineWorker worker)
    {
        var (reports, stop, time) = (new ToolReports(job, worker), job.Stop, TimeProvider.System);
        switch (job.Call)
        {
            case BakeCall call:
                using (var weights = Base(call.BasePath)) return new BakeDone(LoraBaking.Bake(call.Inputs, call.Output, call.Options, weights, time, reports, stop));
            case ResizeCall call:
                using (var weights = Base(call.BasePath)) return new BakeDone(LoraResizing.Resize(call.Input, call.Output, call.Options, weights, reports, stop));
            case ConvertCall call:
                using (var weights = Base(call.BasePath)) return new ConvertDone(LoraConversion.Convert(call.Input, call.Output, call.Options, weights, reports, stop));
            case ExtractCall call:
                return new ExtractDone(LoraExtraction.Extract(call.TunedPath, call.BasePath, call.Output, call.Options, time, reports, stop));
            default:
                throw new ArgumentException($"An engine knows no call {job.Call.GetType().Name}.");
        }
    }

    private static BaseCheckpoint? Base(string? path) => path is null ? null : BaseCheckpoint.Open(path);
}
