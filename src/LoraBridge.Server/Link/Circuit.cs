using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace LoraBridge.Server.Link;

/// <summary>How patient a circuit is.</summary>
internal sealed record CircuitSettings
{
    /// <summary>How long one call may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a call that failed is made again at once, with pauses that double and a random part; 0 for never.</summary>
    public int Retries { get; init; }

    /// <summary>The first pause between two tries.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>After how many failures in a row, at least, nothing is tried for a while.</summary>
    public int Failures { get; init; } = 3;

    /// <summary>Within what time these failures must come.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How long nothing is tried at first; it doubles with every try that fails afterwards.</summary>
    public TimeSpan Break { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long nothing is tried at most.</summary>
    public TimeSpan LongestBreak { get; init; } = TimeSpan.FromMinutes(15);
}

/// <summary>Calls to a program that may be away: each with a limit of time, and none for a while where one after another failed.</summary>
internal sealed class Circuit
{
    private readonly CircuitBreakerStateProvider _state = new();
    private readonly CircuitBreakerManualControl _control = new();
    private readonly ResiliencePipeline _patient, _single;
    private readonly TimeProvider _time;
    private readonly CircuitSettings _settings;
    private DateTimeOffset _openUntil;

    /// <summary>A closed one: calls are made.</summary>
    public Circuit(CircuitSettings settings, TimeProvider time)
    {
        (_settings, _time) = (settings, time);
        var failures = new PredicateBuilder().Handle<LinkException>().Handle<TimeoutRejectedException>();
        var builder = new ResiliencePipelineBuilder { TimeProvider = time };
        if (settings.Retries > 0)
        {
            builder.AddRetry(new RetryStrategyOptions
            {
                // what was refused is refused again
                ShouldHandle = new PredicateBuilder().Handle<LinkException>(failed => failed.Kind != LinkFailure.Refused),
                MaxRetryAttempts = settings.Retries,
                Delay = settings.RetryDelay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
            });
        }
        builder.AddCircuitBreaker(new CircuitBreakerStrategyOptions
        {
            ShouldHandle = failures,
            FailureRatio = 0.9,
            MinimumThroughput = settings.Failures,
            SamplingDuration = settings.Window,
            BreakDurationGenerator = opened => ValueTask.FromResult(BreakAfter(opened.HalfOpenAttempts)),
            OnOpened = opened =>
            {
                _openUntil = time.GetUtcNow() + opened.BreakDuration;
                return default;
            },
            StateProvider = _state,
            ManualControl = _control,
        });
        _patient = builder.AddTimeout(Limit(settings.Timeout)).Build();
        _single = new ResiliencePipelineBuilder { TimeProvider = time }.AddTimeout(Limit(settings.Timeout)).Build();
    }

    /// <summary>Whether calls are made: <c>closed</c>, <c>open</c> (none is made until the next try), or <c>halfOpen</c> (the next one decides).</summary>
    public string State => _state.CircuitState switch
    {
        CircuitState.Closed => "closed",
        CircuitState.HalfOpen => "halfOpen",
        _ => _time.GetUtcNow() < _openUntil ? "open" : "halfOpen",
    };

    /// <summary>When a call is made again; null where nothing stands against it.</summary>
    public DateTimeOffset? NextTryAt => State == "open" ? _openUntil : null;

    /// <summary>Makes a call.</summary>
    /// <exception cref="LinkException">It failed, took too long, or was not made because too many failed before it.</exception>
    public async Task CallAsync(Func<CancellationToken, ValueTask> call, CancellationToken cancel)
    {
        try
        {
            await _patient.ExecuteAsync(call, cancel).ConfigureAwait(false);
        }
        catch (BrokenCircuitException)
        {
            throw new LinkException(LinkFailure.NotTried, "Too many calls failed one after another; for a while none is made.", "Wait for the next try, or check the connection now.");
        }
        catch (TimeoutRejectedException)
        {
            throw Late();
        }
    }

    /// <summary>Makes one call whatever was before, as a person asked for it; when it goes well, the circuit is closed.</summary>
    /// <exception cref="LinkException">It failed or took too long.</exception>
    public async Task CallNowAsync(Func<CancellationToken, ValueTask> call, CancellationToken cancel)
    {
        try
        {
            await _single.ExecuteAsync(call, cancel).ConfigureAwait(false);
            await _control.CloseAsync(cancel).ConfigureAwait(false);
        }
        catch (TimeoutRejectedException)
        {
            throw Late();
        }
    }

    private LinkException Late() => new(LinkFailure.Late, $"There was no answer within {_settings.Timeout.TotalSeconds:0.#} s.", "See whether that program is busy or stands still.");

    private TimeSpan BreakAfter(int failedTries) => TimeSpan.FromTicks(Math.Min(_settings.LongestBreak.Ticks, _settings.Break.Ticks << Math.Min(failedTries, 10)));

    // a hanging call is a failure like others to the pipeline around it
    private static TimeoutStrategyOptions Limit(TimeSpan limit) => new() { Timeout = limit };
}

/// <summary>A circuit as it is answered.</summary>
/// <param name="State">closed (calls are made), open (none is made until the next try) or halfOpen (the next one decides).</param>
/// <param name="NextTryAt">When a call is made again; absent where nothing stands against it.</param>
internal sealed record CircuitReport(string State, DateTimeOffset? NextTryAt)
{
    public static CircuitReport Of(Circuit? circuit) => new(circuit?.State ?? "closed", circuit?.NextTryAt);
}
