using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using LoraBridge.Server.Errors;
using Microsoft.AspNetCore.RateLimiting;

namespace LoraBridge.Server.Safety;

/// <summary>How many requests an address may make: a bucket of five seconds' worth that fills all the time.</summary>
internal static class RequestRates
{
    private const int Seconds = 5, LoopbackFactor = 100;

    private static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(100);

    /// <summary>Adds the framework's limiter with a bucket for every address.</summary>
    public static void AddRequestRates(this IServiceCollection services, SafetySettings settings) => services.AddRateLimiter(limits =>
    {
        limits.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        limits.OnRejected = (rejected, _) => new(RejectAsync(rejected, settings));
        limits.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, IPAddress>(context =>
        {
            var address = context.Connection.RemoteIpAddress ?? IPAddress.Loopback;
            var rate = settings.RequestsPerSecond * (IPAddress.IsLoopback(address) ? LoopbackFactor : 1);
            return rate == 0 ? RateLimitPartition.GetNoLimiter(NetworkOf(address)) : RateLimitPartition.GetTokenBucketLimiter(NetworkOf(address), _ => Bucket(rate));
        });
    });

    /// <summary>Whom an address stands for: of version 6 everybody has a whole network of them.</summary>
    public static IPAddress NetworkOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address;
        var bytes = address.GetAddressBytes();
        Array.Clear(bytes, 8, 8);
        return new(bytes);
    }

    private static TokenBucketRateLimiterOptions Bucket(int rate) => new()
    {
        TokenLimit = Math.Max(1, rate * Seconds),
        TokensPerPeriod = Math.Max(1, rate / 10),
        ReplenishmentPeriod = rate < 10 ? s_period * (10.0 / rate) : s_period,
        AutoReplenishment = true,
    };

    private static Task RejectAsync(OnRejectedContext rejected, SafetySettings settings)
    {
        var wait = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : TimeSpan.FromSeconds(1);
        return Refusals.AnswerAsync(rejected.HttpContext, TooMany("request", $"More than {settings.RequestsPerSecond} requests a second come from this address.", "Ask less often, or start the server with a larger --rate-limit.", wait, rejected.HttpContext));
    }

    /// <summary>Says when to come again.</summary>
    public static RequestException TooMany(string field, string reason, string cure, TimeSpan wait, HttpContext context)
    {
        context.Response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return new(StatusCodes.Status429TooManyRequests, field, reason, cure);
    }
}
