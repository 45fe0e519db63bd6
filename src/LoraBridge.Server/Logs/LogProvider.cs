using System.Diagnostics.CodeAnalysis;

namespace LoraBridge.Server.Logs;

/// <summary>Gives the server's loggers their place in the log.</summary>
/// <param name="store">Where entries are kept.</param>
[SuppressMessage("Performance", "CA1812", Justification = "made by the services")]
internal sealed class LogProvider(LogStore store) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new Logger(store, categoryName);

    public void Dispose()
    {
        // the store is its own
    }

    private sealed class Logger(LogStore store, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            store.Add(logLevel, category, eventId, formatter(state, exception), state as IEnumerable<KeyValuePair<string, object?>>, exception);
    }
}
