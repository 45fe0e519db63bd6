using System.Net;
using LoraBridge.Server.Datasets;
using LoraBridge.Server.Engine;
using LoraBridge.Server.Jobs;
using LoraBridge.Server.Link.WebUi;
using LoraBridge.Server.Safety;
using LoraBridge.Server.Sdapi;

namespace LoraBridge.Server;

/// <summary>Where the server listens and writes.</summary>
internal sealed record ServerSettings
{
    /// <summary>The address to listen on; loopback, so that only this machine can reach it.</summary>
    public IPAddress Host { get; init; } = IPAddress.Loopback;

    /// <summary>The port to listen on, 0 for any free one.</summary>
    public int Port { get; init; } = 7870;

    /// <summary>The folder below which everything is written.</summary>
    public required DataFolder Data { get; init; }

    /// <summary>Whether jobs that the last server left in work or waiting are paused, instead of going on by themselves.</summary>
    public bool HoldJobs { get; init; }

    /// <summary>Whom it answers, and how much it takes at once.</summary>
    public SafetySettings Safety { get; init; } = new();

    /// <summary>Which of the jobs that are over stay.</summary>
    public JobRetention KeepJobs { get; init; } = JobRetention.All;

    /// <summary>How the process that holds torch is kept.</summary>
    public EngineSettings Engine { get; init; } = new();

    /// <summary>Which folders clients may name, and what they may upload.</summary>
    public DatasetSettings Datasets { get; init; } = new();

    /// <summary>The WebUI that is told of new adapters and asked for its memory.</summary>
    public WebUiSettings WebUi { get; init; } = new();

    /// <summary>What the WebUI's API is told at the start.</summary>
    public SdapiSettings Sdapi { get; init; } = new();
}
