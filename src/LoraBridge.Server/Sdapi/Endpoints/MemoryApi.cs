using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Server.Sdapi.Drawing;
using LoraBridge.Server.Sdapi.Settings;
using LoraBridge.Server.Sdapi.Wire;

namespace LoraBridge.Server.Sdapi.Endpoints;

/// <summary>Tells what memory is in use, and gives it back.</summary>
internal static class MemoryApi
{
    public static void MapMemory(this RouteGroupBuilder routes)
    {
        var group = routes.MapGroup("").WithTags("Memory");
        group.MapGet("/memory", GetAsync).WithName("SdapiMemory").WithSummary("Say what memory is in use");
        group.MapPost("/unload-checkpoint", UnloadAsync).WithName("SdapiUnloadCheckpoint").WithSummary("Give the checkpoint's memory back");
        group.MapPost("/reload-checkpoint", ReloadAsync).WithName("SdapiReloadCheckpoint").WithSummary("Load the checkpoint again");
    }

    private static async Task<JsonAnswer> GetAsync(Generations generations, CancellationToken cancel)
    {
        var memory = await generations.MemoryAsync(cancel).ConfigureAwait(false);
        var (total, used) = (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, memory.ProcessBytes + Environment.WorkingSet);
        return new(new { Ram = new { Free = Math.Max(0, total - used), Used = used, Total = total }, Cuda = Device(memory) });
    }

    private static object Device(EngineMemory memory)
    {
        if (memory.Device is not { Total: { } total, Free: { } free } device) return new { Error = "unavailable" };
        return new
        {
            System = new { Free = free, Used = total - free, Total = total },
            Active = Pair(device.Allocated, device.PeakAllocated),
            Allocated = Pair(device.Allocated, device.PeakAllocated),
            Reserved = Pair(device.Reserved, device.PeakReserved),
            Inactive = Pair(device.Reserved - device.Allocated, device.PeakReserved - device.PeakAllocated),
            Events = new { Retries = 0, Oom = 0 },
        };

        static object Pair(long? current, long? peak) => new { Current = current ?? 0, Peak = peak ?? 0 };
    }

    private static async Task<JsonAnswer> UnloadAsync(Generations generations, CancellationToken cancel)
    {
        await generations.UnloadAsync(cancel).ConfigureAwait(false);
        return JsonAnswer.Empty;
    }

    private static async Task<JsonAnswer> ReloadAsync(Generations generations, JobDrawing drawing, OptionsStore store, CancellationToken cancel)
    {
        await generations.LoadAsync(drawing.ModelOf(store.Current), cancel).ConfigureAwait(false);
        return JsonAnswer.Empty;
    }
}
