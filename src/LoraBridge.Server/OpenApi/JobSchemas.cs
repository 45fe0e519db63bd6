using System.Text.Json.Nodes;

namespace LoraBridge.Server.OpenApi;

/// <summary>Says of jobs what their records leave to the kind: the request of each kind, and the body of each kind of event. The kind tells which (a discriminator).</summary>
internal static class JobSchemas
{
    /// <summary>Requests by the kind of job: the schema, and the fields that must be there.</summary>
    private static readonly Dictionary<string, (string Schema, string[] Needed)> s_requests = new(StringComparer.Ordinal)
    {
        ["train"] = ("TrainRequest", []),
        ["bake"] = ("BakeCall", ["inputs"]),
        ["resize"] = ("ResizeCall", ["input", "options"]),
        ["extract"] = ("ExtractCall", ["tunedPath", "basePath"]),
        ["convert"] = ("ConvertCall", ["input"]),
        ["grid"] = ("PreviewCall", ["request"]),
        ["generate"] = ("GenerateCall", ["request"]),
    };

    private static readonly (string Kind, string Schema)[] s_events =
    [
        ("state", "StateChanged"), ("progress", "ProgressMade"), ("stage", "ProgressMade"), ("step", "StepTaken"), ("file", "FileWritten"),
        ("validation", "TrainingValidated"), ("warning", "WarningGiven"), ("waiting", "DeviceAwaited"),
    ];

    /// <summary>The kinds that are described.</summary>
    public static IReadOnlyCollection<string> Kinds => s_requests.Keys;

    /// <summary>Adds all of it to a description.</summary>
    public static void Describe(JsonObject document, OperationNotes notes)
    {
        var schemas = document["components"]!["schemas"]!.AsObject();
        foreach (var name in notes.Names("components")) schemas[name] = SchemaRules.AsWritten(notes.Of("components", name)!);
        DescribePictures(schemas);
        foreach (var (_, (name, needed)) in s_requests) DescribeRequest(schemas[name]!.AsObject(), needed);

        Split(schemas, "NewJob", "request", s_requests.Select(kind => (kind.Key, $"New{Pascal(kind.Key)}Job", kind.Value.Schema)));
        Split(schemas, "JobEventReport", "body", s_events.Select(kind => (kind.Kind, $"{Pascal(kind.Kind)}Event", kind.Schema)));
        schemas["JobReport"]!["properties"]!["kind"]!["enum"] = Words(s_requests.Keys);

        var estimate = DrawnDocument.Operations(document).First(operation => operation.Operation["operationId"]!.GetValue<string>() == "EstimateTraining").Operation;
        estimate["requestBody"]!["content"]!["application/json"]!["schema"] = Reference("TrainRequest");
    }

    /// <summary>A request for pictures says of which kind it is; text to a picture where it says nothing.</summary>
    private static void DescribePictures(JsonObject schemas)
    {
        var kinds = new JsonArray();
        foreach (var (name, word) in (IEnumerable<(string, string)>)[("TextToImageRequest", "text_to_image_request"), ("ImageToImageRequest", "image_to_image_request")])
        {
            var schema = schemas[name]!.DeepClone().AsObject();
            schema["properties"]!.AsObject().Insert(0, "kind", new JsonObject { ["type"] = "string", ["const"] = word, ["description"] = "What the pictures begin with: noise, or a picture." });
            if (word[0] == 'i') schema["required"] = Words(["kind", .. schema["required"]?.AsArray().Select(field => field!.GetValue<string>()) ?? []]);
            schemas["Generate" + name] = schema;
            kinds.Add(Reference("Generate" + name));
        }
        schemas["GenerateCall"]!["properties"]!["request"] = new JsonObject { ["description"] = "What to draw.", ["oneOf"] = kinds };
        schemas.Remove("PictureRequest");
    }

    /// <summary>The engine's call without what is the job's to say.</summary>
    private static void DescribeRequest(JsonObject schema, string[] needed)
    {
        var fields = schema["properties"]!.AsObject();
        foreach (var own in (string[])["id", "call"]) fields.Remove(own);
        if (fields["output"] is JsonObject output)
        {
            output["description"] = "The name of the file that is written into the job's folder; it ends in .safetensors.";
            output["default"] = "result.safetensors";
        }
        schema.Remove("required");
        if (needed.Length > 0) schema["required"] = Words(needed);
    }

    private static void Split(JsonObject schemas, string name, string field, IEnumerable<(string Kind, string Name, string Schema)> kinds)
    {
        var whole = schemas[name]!.AsObject();
        var (all, mapping) = (new JsonArray(), new JsonObject());
        foreach (var (kind, variant, schema) in kinds)
        {
            var part = whole.DeepClone().AsObject();
            var fields = part["properties"]!.AsObject();
            fields["kind"] = new JsonObject { ["type"] = "string", ["const"] = kind, ["description"] = fields["kind"]!["description"]?.DeepClone() };
            fields[field] = new JsonObject { ["description"] = fields[field]!["description"]?.DeepClone(), ["$ref"] = $"#/components/schemas/{schema}" };
            part[SchemaRules.Nullable]?.AsArray().RemoveAll(nullable => nullable!.GetValue<string>() == field);
            part["required"] = Words([.. part["required"]?.AsArray().Select(required => required!.GetValue<string>()).Except(["kind", field]) ?? [], "kind", field]);
            schemas[variant] = part;
            all.Add(Reference(variant));
            mapping[kind] = $"#/components/schemas/{variant}";
        }
        schemas[name] = new JsonObject
        {
            ["description"] = whole["description"]?.DeepClone(),
            ["oneOf"] = all,
            ["discriminator"] = new JsonObject { ["propertyName"] = "kind", ["mapping"] = mapping },
        };
    }

    private static JsonObject Reference(string schema) => new() { ["$ref"] = $"#/components/schemas/{schema}" };

    private static JsonArray Words(IEnumerable<string> words) => new([.. words.Select(word => (JsonNode)word)]);

    private static string Pascal(string word) => char.ToUpperInvariant(word[0]) + word[1..];
}
