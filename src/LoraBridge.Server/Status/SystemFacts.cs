using System.Runtime.InteropServices;
using LoraBridge.Server.Engine;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Server.Sdapi.Files;
using Microsoft.Data.Sqlite;

namespace LoraBridge.Server.Status;

/// <summary>Gathers what there is to say of the server, its machine and its engine. It starts nothing.</summary>
internal sealed class SystemFacts(ServerSettings settings, ServerClock clock, EngineProcess engine, EngineClient client, ModelFolders models)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);
    private static readonly string[] s_own = ["System.", "Microsoft.AspNetCore", "Microsoft.Extensions", "Microsoft.Net", "Microsoft.CSharp", "netstandard", "LoraBridge"];

    /// <summary>All of it, as it is now.</summary>
    public async Task<SystemReport> LookAsync(CancellationToken cancel)
    {
        var (health, memory) = await AskAsync(cancel).ConfigureAwait(false);
        var facts = new EngineFacts(engine.Current is not null, health?.ProcessId, engine.Starts, engine.Losses, health?.Running, health?.Training, health?.Waiting ?? 0, memory.ProcessBytes, memory.Models, memory.Device);
        return new()
        {
            Version = StatusApi.ServerVersion,
            StartedAt = clock.StartedAt,
            UptimeSeconds = Math.Round(clock.Uptime.TotalSeconds, 3),
            Process = new(Environment.ProcessId, Environment.WorkingSet, GC.GetTotalMemory(forceFullCollection: false), ThreadPool.ThreadCount),
            Machine = new(RuntimeInformation.OSDescription, RuntimeInformation.OSArchitecture.ToString(), Environment.ProcessorCount, MachineFacts.Processor, MachineFacts.MemoryBytes, MachineFacts.AvailableBytes),
            Devices = Devices(facts),
            Supply = TorchSupply.Read(),
            Engine = facts,
            ModelInUse = memory.Models is [var last, ..] ? last.Path : null,
            Budgets = Budgets(),
            Folders = [.. Folders().Select(folder => new FolderReport(folder.Name, folder.Path, Directory.Exists(folder.Path), MachineFacts.FreeBytes(folder.Path)))],
            Options = Options(),
        };
    }

    /// <summary>The versions.</summary>
    public static VersionsReport Versions()
    {
        using var sqlite = new SqliteConnection();
        var components = typeof(SystemFacts).Assembly.GetReferencedAssemblies()
            .Where(part => !s_own.Any(own => part.Name!.StartsWith(own, StringComparison.Ordinal)))
            .OrderBy(part => part.Name, StringComparer.Ordinal)
            .Select(part => new ComponentVersion(part.Name!, part.Version?.ToString(3) ?? ""));
        return new(StatusApi.ServerVersion, "v1", RuntimeInformation.FrameworkDescription, RuntimeInformation.OSDescription, RuntimeInformation.OSArchitecture.ToString(), TorchSupply.Read(), sqlite.ServerVersion, [.. components]);
    }

    /// <summary>An engine that is too busy to answer is not waited for.</summary>
    private async Task<(EngineHealth? Health, EngineMemory Memory)> AskAsync(CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(s_patience);
        try
        {
            return (await client.HealthAsync(limit.Token).ConfigureAwait(false), await client.MemoryAsync(limit.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return (null, EngineMemory.None);
        }
    }

    private List<DeviceReport> Devices(EngineFacts facts)
    {
        // auto is a card where torch has one, which only a running engine knows
        var isOnCard = facts.Device is not null;
        var isOnProcessor = facts.IsRunning && !isOnCard && settings.Engine.Start.Device is "cpu" or "auto";
        var devices = new List<DeviceReport> { new("cpu", "cpu", MachineFacts.Processor, isOnProcessor, MachineFacts.MemoryBytes, MachineFacts.AvailableBytes) };
        foreach (var (i, card) in MachineFacts.Cards.Index())
        {
            var isThis = facts.Device?.Device is { } name && (name == $"cuda:{i}" || (name == "cuda" && i == 0));
            devices.Add(new($"cuda:{i}", "cuda", card, isThis, isThis ? facts.Device!.Total : null, isThis ? facts.Device!.Free : null));
        }
        return devices;
    }

    private BudgetReport Budgets()
    {
        var (torch, datasets) = (settings.Engine, settings.Datasets);
        return new(torch.Start.ModelMemory, torch.IdleTime?.TotalSeconds, torch.SilenceLimit.TotalSeconds, datasets.MaxPictureBytes, datasets.MaxUploadBytes, datasets.MaxUploadFiles, datasets.MaxPictures);
    }

    private IEnumerable<(string Name, string Path)> Folders() =>
    [
        ("data", settings.Data.Path), ("jobs", settings.Data.Jobs), ("datasets", settings.Data.Datasets), ("blends", settings.Data.Blends), ("presets", settings.Data.Presets),
        ("logs", settings.Data.Logs), ("cache", settings.Data.Cache), ("outputs", settings.Data.Outputs),
        .. models.Checkpoints.Select(path => ("checkpoints", path)), .. models.Vaes.Select(path => ("vaes", path)), .. models.Loras.Select(path => ("adapters", path)),
        ("embeddings", models.Embeddings), .. settings.Datasets.AllowedFolders.Select(path => ("pictures", path)),
    ];

    private OptionsReport Options() => new()
    {
        Host = settings.Host.ToString(),
        Port = settings.Port,
        Device = settings.Engine.Start.Device,
        Dtype = settings.Engine.Start.Dtype,
        Model = settings.Engine.Start.Model ?? settings.Sdapi.Model ?? settings.Sdapi.LastModel,
        Torch = settings.Engine.Torch,
        WebUi = settings.Sdapi.WebUiFolder,
        HoldJobs = settings.HoldJobs,
        AsksForPassword = settings.Sdapi.Auth is not null,
        CorsOrigins = settings.Sdapi.CorsOrigins,
        CorsPattern = settings.Sdapi.CorsPattern,
        AllowStop = settings.Sdapi.AllowStop,
    };
}
