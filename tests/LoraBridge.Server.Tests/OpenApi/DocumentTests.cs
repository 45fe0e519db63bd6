using System.Text.Json.Nodes;
using LoraBridge.Server.Jobs;
using LoraBridge.Server.OpenApi;
using LoraBridge.Server.Tests.Launcher;
using Microsoft.Extensions.DependencyInjection;

namespace LoraBridge.Server.Tests.OpenApi;

/// <summary>The committed descriptions: complete, true to the routes, and compatible with those that clients were written for.</summary>
public sealed class DocumentTests
{
    private static readonly string s_folder = Path.Combine(LauncherScript.Root, "openapi");

    [Fact]
    public async Task EveryOperation_SaysWhatClientsNeed()
    {
        var missing = new List<string>();
        foreach (var description in await Description.AllAsync()) missing.AddRange(DocumentLint.Missing(description));
        Assert.True(missing.Count == 0, string.Join("\n", missing));
    }

    /// <summary>With <c>LORABRIDGE_APPROVE=1</c> the files are written anew.</summary>
    [Fact]
    public async Task CommittedFiles_AreWhatTheRoutesSay()
    {
        foreach (var document in ApiDocument.All)
        {
            var (path, text) = (Path.Combine(s_folder, document.Name + ".json"), await Description.TextAsync(document));
            if (Environment.GetEnvironmentVariable("LORABRIDGE_APPROVE") == "1") await File.WriteAllTextAsync(path, text);
            Assert.True(File.Exists(path) && await File.ReadAllTextAsync(path) == text, $"{path} is stale: {FirstDifference(path, text)}. Look at the change and write it with LORABRIDGE_APPROVE=1, then build again.");
        }
    }

    [Fact]
    public async Task Generation_TwiceInAnotherPlace_GivesTheSameText()
    {
        var again = await DocumentGenerator.GenerateAsync();
        foreach (var document in ApiDocument.All)
        {
            Assert.Equal(await Description.TextAsync(document), again[document]);
            Assert.DoesNotContain(LauncherScript.Root, again[document], StringComparison.Ordinal);
            Assert.DoesNotContain(Path.GetTempPath(), again[document], StringComparison.Ordinal);
        }
        Assert.False(Directory.Exists("/lorabridge"));
    }

    /// <summary>What clients were written for stays: with <c>LORABRIDGE_APPROVE=baseline</c> the present becomes what is kept.</summary>
    [Fact]
    public async Task NoChange_BreaksClients()
    {
        foreach (var document in ApiDocument.All)
        {
            var (path, text) = (Path.Combine(s_folder, "baseline", document.Name + ".json"), await Description.TextAsync(document));
            if (Environment.GetEnvironmentVariable("LORABRIDGE_APPROVE") == "baseline") await File.WriteAllTextAsync(path, text);
            var breaks = DocumentComparison.Breaks(new(JsonNode.Parse(await File.ReadAllTextAsync(path))!.AsObject()), new(JsonNode.Parse(text)!.AsObject()));
            Assert.True(breaks.Count == 0, $"{document.Name} breaks clients:\n{string.Join("\n", breaks)}");
        }
    }

    [Fact]
    public async Task Examples_AreWhatTheirSchemasSay()
    {
        var faults = new List<string>();
        foreach (var description in await Description.AllAsync())
            foreach (var (place, content) in Contents(description))
            {
                var named = content["examples"]?.AsObject().Select(example => (example.Key, example.Value!["value"])) ?? [];
                foreach (var (name, example) in content.ContainsKey("example") ? named.Append(("example", content["example"])) : named)
                    faults.AddRange(SchemaCheck.Faults(description, content["schema"], example).Select(fault => $"{place}, {name}: {fault}"));
            }
        Assert.True(faults.Count == 0, string.Join("\n", faults));
    }

    [Fact]
    public async Task EveryKindOfJob_IsDescribed()
    {
        await using var server = await RunningServer.StartAsync();

        var known = server.Services.GetRequiredService<JobKinds>().Names;

        Assert.Equal(known.Order(StringComparer.Ordinal), JobSchemas.Kinds.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Notes_AreOfOperationsThatExist()
    {
        var known = (await Description.AllAsync()).SelectMany(description => description.Operations).Select(operation => operation.Id).ToHashSet();

        Assert.Superset(OperationNotes.Read().Names("operations").ToHashSet(), known);
    }

    [Fact]
    public async Task Server_SendsTheDescriptionsAndThePage()
    {
        await using var server = await RunningServer.StartAsync();

        foreach (var document in ApiDocument.All)
            Assert.Equal(await File.ReadAllTextAsync(Path.Combine(s_folder, document.Name + ".json")), await server.Http.GetStringAsync(new Uri(document.Address, UriKind.Relative)));
        var page = await server.Http.GetStringAsync(new Uri("/docs/index.html", UriKind.Relative));
        var script = await server.Http.GetStringAsync(new Uri("/docs/index.js", UriKind.Relative));
        Assert.Contains("swagger-ui", page, StringComparison.Ordinal);
        Assert.All(ApiDocument.All, document => Assert.Contains(".." + document.Address, page + script, StringComparison.Ordinal));
        // nothing from elsewhere: it must work without a network
        Assert.DoesNotMatch("""(src|href)="https?://""", page);
        Assert.True((await server.Http.GetByteArrayAsync(new Uri("/docs/swagger-ui-bundle.js", UriKind.Relative))).Length > 100_000);
    }

    private static IEnumerable<(string Place, JsonObject Content)> Contents(Description description)
    {
        foreach (var operation in description.Operations)
        {
            foreach (var (type, content) in operation.Node["requestBody"]?["content"]?.AsObject() ?? []) yield return ($"{operation.Id} request {type}", content!.AsObject());
            foreach (var (status, answer) in description.Answers(operation))
                foreach (var (type, content) in answer["content"]?.AsObject() ?? []) yield return ($"{operation.Id} answer {status} {type}", content!.AsObject());
        }
    }

    private static string FirstDifference(string path, string text)
    {
        if (!File.Exists(path)) return "there is no such file";
        var (old, now) = (File.ReadAllLines(path), text.Split('\n'));
        var line = old.Zip(now).TakeWhile(pair => pair.First == pair.Second).Count();
        return $"line {line + 1} is '{old.ElementAtOrDefault(line)?.Trim()}', and would be '{now.ElementAtOrDefault(line)?.Trim()}'";
    }
}
