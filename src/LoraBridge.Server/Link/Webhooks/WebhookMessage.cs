using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace LoraBridge.Server.Link.Webhooks;

/// <summary>A delivery as it goes over the wire: a JSON body, and headers by which the receiver knows it.</summary>
internal static class WebhookMessage
{
    /// <summary>Writes the request.</summary>
    /// <param name="hook">To whom.</param>
    /// <param name="delivery">What.</param>
    /// <param name="now">When.</param>
    public static HttpRequestMessage Of(Webhook hook, Delivery delivery, DateTimeOffset now)
    {
        var body = Body(hook, delivery);
        var timestamp = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var request = new HttpRequestMessage(HttpMethod.Post, hook.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json") { CharSet = "utf-8" };
        request.Headers.UserAgent.Add(new("LoraBridge", null));
        request.Headers.Add("X-LoraBridge-Event", delivery.Event);
        request.Headers.Add("X-LoraBridge-Delivery", delivery.Id);
        request.Headers.Add("X-LoraBridge-Timestamp", timestamp);
        if (hook.Secret is { } secret) request.Headers.Add("X-LoraBridge-Signature", "sha256=" + Sign(secret, timestamp, body));
        return request;
    }

    /// <summary>The signature: HMAC-SHA256 of the timestamp, a dot and the body, with the secret's UTF-8 as its key, in lower-case hex.</summary>
    public static string Sign(string secret, string timestamp, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        hash.AppendData(Encoding.UTF8.GetBytes(timestamp + "."));
        hash.AppendData(body);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static byte[] Body(Webhook hook, Delivery delivery)
    {
        var body = JsonNode.Parse(delivery.Payload)!.AsObject();
        body["time"] = delivery.CreatedAt.ToString("O", CultureInfo.InvariantCulture);
        body.Insert(0, "delivery", delivery.Id);
        body["webhook"] = new JsonObject { ["id"] = hook.Id, ["name"] = hook.Name };
        return Encoding.UTF8.GetBytes(body.ToJsonString());
    }
}
