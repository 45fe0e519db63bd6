namespace LoraBridge.Server.Safety;

/// <summary>Cuts the connections whose requests have not ended some time after the server was told to stop, so that no client keeps it from stopping. What they wrote by then stays.</summary>
internal sealed class Farewell : IDisposable
{
    private readonly CancellationTokenSource _late;
    private readonly CancellationTokenRegistration _stopping;

    public Farewell(IHostApplicationLifetime life, SafetySettings settings, TimeProvider time)
    {
        _late = new(Timeout.InfiniteTimeSpan, time);
        _stopping = life.ApplicationStopping.Register(() => _late.CancelAfter(settings.Grace));
    }

    /// <summary>Goes on with a request that may be cut.</summary>
    public async Task Watch(HttpContext context, RequestDelegate next)
    {
        await using var cut = _late.Token.UnsafeRegister(static context => ((HttpContext)context!).Abort(), context).ConfigureAwait(false);
        await next(context).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _late.Dispose();
    }
}
