using System.Text.Json;
using System.Text.Json.Nodes;

namespace LoraBridge.Server.Tests.OpenApi;

/// <summary>A request and its answer; bodies that are no JSON are null.</summary>
internal sealed record Exchange(string Method, string Path, JsonNode? Sent, int Status, string? Type, string Answer)
{
    public string? SentType { get; init; }

    public override string ToString() => $"{Method} {Path} ({Status})";

    /// <summary>What of it the descriptions do not say; empty for nothing.</summary>
    public IReadOnlyList<string> Faults(IReadOnlyList<Description> descriptions)
    {
        var path = Uri.UnescapeDataString(Path.Split('?')[0]);
        var found = descriptions.Select(description => (Description: description, Operation: description.Find(Method, path))).FirstOrDefault(pair => pair.Operation is not null);
        if (found.Operation is not { } operation) return [$"{this}: no such operation is described"];
        return [.. Faults(found.Description, operation).Select(fault => $"{this}: {fault}")];
    }

    private IEnumerable<string> Faults(Description description, Operation operation)
    {
        var parameters = operation.Node["parameters"]?.AsArray().Select(parameter => parameter!["name"]!.GetValue<string>()).ToHashSet() ?? [];
        foreach (var name in Path.Split('?').ElementAtOrDefault(1)?.Split('&').Select(pair => pair.Split('=')[0]) ?? [])
            if (!parameters.Contains(name)) yield return $"the parameter {name} is not described";
        if (Status < 400 && SentType is { } sent && operation.Node["requestBody"]?["content"]?[sent] is null) yield return $"a body of {sent} is not described";
        if (Status < 400 && Sent is not null)
            foreach (var fault in SchemaCheck.Faults(description, operation.RequestSchema(), Sent)) yield return $"sent {fault}";

        if (description.Answer(operation, Status) is not { } answer) yield return "an answer of this status is not described";
        else if (Answer.Length == 0 || Type is null)
        {
            if (Status is >= 200 and < 300 and not 204 && answer["content"]?["application/json"] is not null) yield return "it has no body";
        }
        else if (answer["content"]?[Type] is not { } content) yield return $"an answer of {Type} is not described";
        else if (Type.EndsWith("json", StringComparison.Ordinal))
            foreach (var fault in SchemaCheck.Faults(description, content["schema"], JsonNode.Parse(Answer))) yield return $"answered {fault}";
        else if (Type == "text/event-stream")
            foreach (var fault in EventFaults(description)) yield return fault;
    }

    private IEnumerable<string> EventFaults(Description description) => Answer.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal))
        .SelectMany(line => SchemaCheck.Faults(description, new JsonObject { ["$ref"] = "#/components/schemas/JobEventReport" }, JsonNode.Parse(line[6..])));

    /// <summary>JSON where it is some.</summary>
    public static JsonNode? Json(string? type, string text)
    {
        if (type?.EndsWith("json", StringComparison.Ordinal) != true || text.Length == 0) return null;
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>Fails a test whose requests or answers the descriptions do not know.</summary>
internal sealed class DescribedHttp(IReadOnlyList<Description> descriptions) : DelegatingHandler(new SocketsHttpHandler())
{
    /// <summary>The operations that were used, by their ids.</summary>
    public HashSet<string> Used { get; } = [];

    /// <summary>A client of a server; the handler goes with it.</summary>
    public static (HttpClient Http, DescribedHttp Handler) Connect(Uri address, IReadOnlyList<Description> descriptions)
    {
        var handler = new DescribedHttp(descriptions);
        return (new HttpClient(handler) { BaseAddress = address, Timeout = TimeSpan.FromMinutes(3) }, handler);
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var type = request.Content?.Headers.ContentType?.MediaType;
        var sent = type == "application/json" ? await request.Content!.ReadAsStringAsync(cancellationToken) : "";
        var answer = await base.SendAsync(request, cancellationToken);
        await answer.Content.LoadIntoBufferAsync(cancellationToken);
        var exchange = new Exchange(request.Method.Method, request.RequestUri!.PathAndQuery, Exchange.Json(type, sent), (int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, await answer.Content.ReadAsStringAsync(cancellationToken)) { SentType = type };
        var faults = exchange.Faults(descriptions);
        Assert.True(faults.Count == 0, string.Join("\n", faults));
        foreach (var description in descriptions)
            if (description.Find(exchange.Method, Uri.UnescapeDataString(request.RequestUri.AbsolutePath)) is { } operation) Used.Add(operation.Id);
        return answer;
    }
}
