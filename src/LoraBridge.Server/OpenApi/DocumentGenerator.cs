using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.Swagger;

namespace LoraBridge.Server.OpenApi;

/// <summary>
/// Writes the API's descriptions from what the routes say of themselves: Swashbuckle reads routes, records and their XML comments, and passes over
/// its JSON add what neither can say. Nothing is started, opened or written for it, and torch is not loaded.
/// </summary>
internal static class DocumentGenerator
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, IndentSize = 1, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The text of each description, the same on every machine.</summary>
    /// <param name="notes">What is said besides; the program's own by default.</param>
    public static async Task<IReadOnlyDictionary<ApiDocument, string>> GenerateAsync(OperationNotes? notes = null)
    {
        notes ??= OperationNotes.Read();
        await using var app = DescribedServer.Build();
        var swagger = app.Services.GetRequiredService<ISwaggerProvider>();
        var routes = DescribedServer.Routes(app);
        var texts = new Dictionary<ApiDocument, string>();
        foreach (var document in ApiDocument.All)
        {
            var json = await swagger.GetSwagger(document.Name).SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1).ConfigureAwait(false);
            texts[document] = Complete(JsonNode.Parse(json)!.AsObject(), document, routes, notes).ToJsonString(s_json) + "\n";
        }
        return texts;
    }

    private static JsonObject Complete(JsonObject drawn, ApiDocument document, IReadOnlyDictionary<string, DescribedRoute> routes, OperationNotes notes)
    {
        DrawnDocument.Tidy(drawn);
        if (document == ApiDocument.WebUi) WebUiRequests.Describe(drawn, routes, notes);
        else JobSchemas.Describe(drawn, notes);
        notes.Describe(drawn);
        ErrorAnswers.Describe(drawn, document);
        SchemaRules.Apply(drawn);
        return DrawnDocument.Sort(drawn);
    }
}
