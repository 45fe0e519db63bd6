using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LoraBridge.Server.OpenApi;

namespace LoraBridge.Server.Tests.OpenApi;

/// <summary>An operation of a description.</summary>
/// <param name="Method">GET, POST and so on.</param>
/// <param name="Path">Its path with parameters in braces.</param>
/// <param name="Node">What is said of it.</param>
internal sealed record Operation(string Method, string Path, JsonObject Node)
{
    public string Id => Node["operationId"]?.GetValue<string>() ?? $"{Method} {Path}";

    /// <summary>The schema of the body for a content type; null where there is none.</summary>
    public JsonNode? RequestSchema(string type = "application/json") => Node["requestBody"]?["content"]?[type]?["schema"];
}

/// <summary>A description of the API, generated once for all tests.</summary>
internal sealed class Description
{
    private static readonly Lazy<Task<IReadOnlyDictionary<ApiDocument, string>>> s_texts = new(() => DocumentGenerator.GenerateAsync());
    private readonly List<(Regex Pattern, Operation Operation)> _operations;

    public Description(JsonObject document)
    {
        Document = document;
        _operations = [.. DrawnDocument.Operations(document).Select(entry => (entry.Place.Split(' '), entry.Operation)).Select(entry =>
            (new Regex("^" + Regex.Replace(Regex.Escape(entry.Item1[1]), @"\\\{\w+}", match => match.Value.EndsWith("name}", StringComparison.Ordinal) ? "(.+)" : "([^/]+)") + "$"), new Operation(entry.Item1[0], entry.Item1[1], entry.Operation)))];
    }

    public JsonObject Document { get; }

    public IEnumerable<Operation> Operations => _operations.Select(entry => entry.Operation);

    /// <summary>The text as it is generated now.</summary>
    public static async Task<string> TextAsync(ApiDocument document) => (await s_texts.Value)[document];

    public static async Task<Description> ReadAsync(ApiDocument document) => new(JsonNode.Parse(await TextAsync(document))!.AsObject());

    public static async Task<IReadOnlyList<Description>> AllAsync() => [await ReadAsync(ApiDocument.Own), await ReadAsync(ApiDocument.WebUi)];

    /// <summary>The operation of a request; of several the one with the fewest parameters.</summary>
    public Operation? Find(string method, string path) => _operations
        .Where(entry => entry.Operation.Method == method && entry.Pattern.IsMatch(path.Split('?')[0]))
        .Select(entry => entry.Operation).MinBy(operation => operation.Path.Count(sign => sign == '{') * 1000 - operation.Path.Length);

    /// <summary>What stands at a reference, or the node itself.</summary>
    public JsonObject Resolve(JsonNode node)
    {
        var part = node.AsObject();
        while (part["$ref"] is { } reference)
        {
            JsonNode? target = Document;
            foreach (var step in reference.GetValue<string>().Split('/').Skip(1)) target = target?[step];
            part = target?.AsObject() ?? throw new InvalidOperationException($"There is nothing at {reference}.");
        }
        return part;
    }

    /// <summary>The answers of an operation by their status, resolved.</summary>
    public IReadOnlyDictionary<string, JsonObject> Answers(Operation operation) => operation.Node["responses"]!.AsObject().ToDictionary(answer => answer.Key, answer => Resolve(answer.Value!));

    /// <summary>The answer that describes a status; null for none.</summary>
    public JsonObject? Answer(Operation operation, int status)
    {
        var answers = Answers(operation);
        return answers.GetValueOrDefault(status.ToString()) ?? answers.GetValueOrDefault("default");
    }
}
