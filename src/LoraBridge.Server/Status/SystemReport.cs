using LoraBridge.Generation;

namespace LoraBridge.Server.Status;

/// <summary>The server, its machine and its engine as they are now.</summary>
internal sealed record SystemReport
{
    /// <summary>LoraBridge's version.</summary>
    public required string Version { get; init; }

    /// <summary>When the server began to listen.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>Seconds since then.</summary>
    public double UptimeSeconds { get; init; }

    /// <summary>The server's own process.</summary>
    public required ProcessReport Process { get; init; }

    /// <summary>The machine.</summary>
    public required MachineReport Machine { get; init; }

    /// <summary>What can compute.</summary>
    public required IReadOnlyList<DeviceReport> Devices { get; init; }

    /// <summary>The torch that the server was built for.</summary>
    public required TorchSupply Supply { get; init; }

    /// <summary>The process that holds torch.</summary>
    public required EngineFacts Engine { get; init; }

    /// <summary>The checkpoint that was used last and is in memory; absent for none.</summary>
    public string? ModelInUse { get; init; }

    /// <summary>The limits in force.</summary>
    public required BudgetReport Budgets { get; init; }

    /// <summary>Where things lie.</summary>
    public required IReadOnlyList<FolderReport> Folders { get; init; }

    /// <summary>The options in force; of secrets only whether there are any.</summary>
    public required OptionsReport Options { get; init; }
}

/// <summary>A process.</summary>
/// <param name="Id">Its number.</param>
/// <param name="MemoryBytes">Its main memory.</param>
/// <param name="ManagedBytes">What of it its objects take.</param>
/// <param name="Threads">How many threads it has in its pool.</param>
internal sealed record ProcessReport(int Id, long MemoryBytes, long ManagedBytes, int Threads);

/// <summary>A machine.</summary>
/// <param name="Os">Its system.</param>
/// <param name="Architecture">Its architecture.</param>
/// <param name="Cores">The cores that this process may use.</param>
/// <param name="Processor">The processor's name.</param>
/// <param name="MemoryBytes">Main memory.</param>
/// <param name="AvailableBytes">What of it programs could still have; absent where that is not known.</param>
internal sealed record MachineReport(string Os, string Architecture, int Cores, string Processor, long MemoryBytes, long? AvailableBytes);

/// <summary>Something that can compute.</summary>
/// <param name="Name">As torch names it.</param>
/// <param name="Kind">cpu or cuda.</param>
/// <param name="Description">What it is called.</param>
/// <param name="InUse">Whether the engine works on it.</param>
/// <param name="TotalBytes">Its memory; absent where only a running engine knows.</param>
/// <param name="FreeBytes">What of it is free.</param>
internal sealed record DeviceReport(string Name, string Kind, string Description, bool InUse, long? TotalBytes, long? FreeBytes);

/// <summary>The process that holds torch.</summary>
/// <param name="IsRunning">Whether there is one.</param>
/// <param name="ProcessId">Its number.</param>
/// <param name="Starts">How many were started.</param>
/// <param name="Losses">How many ended though nobody had ended them.</param>
/// <param name="Running">The call in work; absent when it is idle.</param>
/// <param name="Training">The training in work; absent when there is none.</param>
/// <param name="Waiting">How many calls wait.</param>
/// <param name="MemoryBytes">Its main memory.</param>
/// <param name="Models">The checkpoints in memory, the last used first.</param>
/// <param name="Device">What the device says of itself; absent on a CPU.</param>
internal sealed record EngineFacts(bool IsRunning, int? ProcessId, int Starts, int Losses, string? Running, string? Training, int Waiting, long MemoryBytes, IReadOnlyList<LoadedModel> Models, DeviceMemory? Device);

/// <summary>Limits.</summary>
/// <param name="ModelMemoryBytes">What loaded checkpoints may take together; absent for half of what the device has.</param>
/// <param name="IdleSeconds">After how long without work the engine is ended; absent for never.</param>
/// <param name="SilenceSeconds">After how long without a sign of life it is ended.</param>
/// <param name="PictureBytes">The most bytes of a picture of a data set.</param>
/// <param name="UploadBytes">The most bytes of an upload.</param>
/// <param name="UploadFiles">The most files of an upload.</param>
/// <param name="Pictures">The most pictures of a data set.</param>
internal sealed record BudgetReport(long? ModelMemoryBytes, double? IdleSeconds, double SilenceSeconds, long PictureBytes, long UploadBytes, int UploadFiles, int Pictures);

/// <summary>A folder.</summary>
/// <param name="Name">What it is for.</param>
/// <param name="Path">Where it is.</param>
/// <param name="Exists">Whether it is there yet.</param>
/// <param name="FreeBytes">The space left on its disk; absent where that is not known.</param>
internal sealed record FolderReport(string Name, string Path, bool Exists, long? FreeBytes);

/// <summary>The options in force.</summary>
internal sealed record OptionsReport
{
    /// <summary>The address it listens on.</summary>
    public required string Host { get; init; }

    /// <summary>The port that was asked for; 0 is any.</summary>
    public int Port { get; init; }

    /// <summary>Where to compute.</summary>
    public required string Device { get; init; }

    /// <summary>What to compute in.</summary>
    public required string Dtype { get; init; }

    /// <summary>The checkpoint that was named at the start.</summary>
    public string? Model { get; init; }

    /// <summary>The torch folder that was named at the start.</summary>
    public string? Torch { get; init; }

    /// <summary>The WebUI whose models are used.</summary>
    public string? WebUi { get; init; }

    /// <summary>Whether jobs that the last server left are paused at the start.</summary>
    public bool HoldJobs { get; init; }

    /// <summary>Whether a password is asked for.</summary>
    public bool AsksForPassword { get; init; }

    /// <summary>The web pages' origins that may call the server.</summary>
    public required IReadOnlyList<string> CorsOrigins { get; init; }

    /// <summary>A pattern of origins that may call it too.</summary>
    public string? CorsPattern { get; init; }

    /// <summary>Whether clients may stop the server.</summary>
    public bool AllowStop { get; init; }
}

/// <summary>The versions of all that runs here.</summary>
/// <param name="Lorabridge">LoraBridge's version.</param>
/// <param name="Api">The version of this API.</param>
/// <param name="Dotnet">The .NET it runs on.</param>
/// <param name="Os">The system.</param>
/// <param name="Architecture">The architecture.</param>
/// <param name="Torch">The torch it was built for.</param>
/// <param name="Sqlite">The version of SQLite.</param>
/// <param name="Components">The libraries that it is made with.</param>
internal sealed record VersionsReport(string Lorabridge, string Api, string Dotnet, string Os, string Architecture, TorchSupply Torch, string Sqlite, IReadOnlyList<ComponentVersion> Components);

/// <summary>A library's version.</summary>
/// <param name="Name">The library.</param>
/// <param name="Version">Its version.</param>
internal sealed record ComponentVersion(string Name, string Version);
