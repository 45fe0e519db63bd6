using System.Text.Json.Nodes;

namespace LoraBridge.Server.OpenApi;

/// <summary>Says how each operation answers what it cannot do, by what it asks for, and how it asks who calls.</summary>
internal static class ErrorAnswers
{
    private static readonly (string Status, string Name, string Description, string Detail, string Field, string Cure)[] s_problems =
    [
        ("400", "Malformed", "The request cannot be read: it is no JSON, a field is unknown, or a value has the wrong type.", "It cannot be read: 'x' is an invalid start of a value.", "name", "Correct it; the API's description says what belongs there."),
        ("401", "Unauthorized", "The server was started with a password or token, and the request has none or a wrong one.", "Not authenticated", "", ""),
        ("404", "Missing", "What the address names is not there.", "There is no data set 'cats'. Take an id from the list of data sets.", "id", "Take an id from the list of data sets."),
        ("409", "Conflict", "It cannot be done as things stand.", "The job is running. Cancel it first.", "", ""),
        ("413", "TooLarge", "The body has more bytes than are taken.", "The request has more bytes than are taken. Send less at once.", "body", "Send less at once."),
        ("415", "WrongType", "The body is of another type than this operation takes.", "It is not JSON. Send a JSON object with the content type application/json.", "body", "Send a JSON object with the content type application/json."),
        ("422", "Invalid", "It can be read and makes no sense: `errors` or `field` say which value, and why.", "limit is 0, and must be from 1 to 1000.", "limit", "Give 1 to 1000."),
        ("default", "Failed", "Something else went wrong, such as a full disk or a lost engine; `detail` says what and what helps.", "No space left on device. Check the folder's rights and the space on its disk.", "disk", "Check the folder's rights and the space on its disk."),
    ];

    /// <summary>Adds the answers to all operations of a description.</summary>
    public static void Describe(JsonObject document, ApiDocument which)
    {
        var components = document["components"]!.AsObject();
        components["securitySchemes"] = new JsonObject
        {
            ["basic"] = new JsonObject { ["type"] = "http", ["scheme"] = "basic", ["description"] = "A user and password of `serve --api-auth`." },
            ["bearer"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "A token of the server's." },
        };
        // the first: a server that only its own machine reaches asks for nothing
        document["security"] = new JsonArray(new JsonObject(), new JsonObject { ["basic"] = new JsonArray() }, new JsonObject { ["bearer"] = new JsonArray() });
        if (which == ApiDocument.WebUi) DescribeWebUi(document, components);
        else DescribeProblems(document, components);
    }

    private static void DescribeProblems(JsonObject document, JsonObject components)
    {
        components["schemas"]!["ProblemDetails"] = Object("What is wrong with a request, and what helps (RFC 9457).", ["status", "title", "detail"],
            ("type", Text("What kind of problem it is, for programs.")), ("title", Text("The status in words.")), ("status", new() { ["type"] = "integer", ["description"] = "The HTTP status." }),
            ("detail", Text("What is wrong and what helps, for people.")), ("instance", Text("Where it happened.")), ("field", Text("The field, query value or file that is at fault.")), ("cure", Text("What to do about it.")),
            ("errors", new() { ["type"] = "object", ["description"] = "What is wrong, by the names of fields.", ["additionalProperties"] = new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "string" } } }),
            ("traceId", Text("The request's name in the server's log.")));
        var answers = new JsonObject();
        foreach (var (status, name, description, detail, field, cure) in s_problems) answers[name] = Answer(description, "application/problem+json", "ProblemDetails", Example(status, detail, field, cure));
        components["responses"] = answers;
        foreach (var (_, operation) in DrawnDocument.Operations(document))
        {
            var own = operation["responses"]!.AsObject();
            var parameters = operation["parameters"]?.AsArray().Select(parameter => parameter!["in"]!.GetValue<string>()).ToHashSet() ?? [];
            var hasBody = operation["requestBody"] is not null;
            var wanted = own.Select(answer => answer.Key).ToHashSet();
            wanted.UnionWith(["401", "default"]);
            if (hasBody) wanted.UnionWith(["400", "413", "415", "422"]);
            if (parameters.Contains("query")) wanted.UnionWith(["400", "422"]);
            if (parameters.Contains("path")) wanted.Add("404");
            foreach (var problem in s_problems.Where(problem => wanted.Contains(problem.Status))) own[problem.Status] = Reference(problem.Name);
        }
    }

    private static void DescribeWebUi(JsonObject document, JsonObject components)
    {
        var schemas = components["schemas"]!.AsObject();
        schemas["Refusal"] = Object("A refusal or failure as the WebUI words it.", ["error", "detail", "body", "errors"],
            ("error", Text("`HTTPException` for a refusal, else the name of a Python exception.")), ("detail", Text("Why it was refused, for people; empty for a failure.")), ("body", Text("Always empty.")), ("errors", Text("What went wrong; empty for a refusal.")));
        schemas["Invalid"] = Object("What is wrong with a request, value by value.", ["detail"], ("detail", new() { ["type"] = "array", ["description"] = "Every fault.", ["items"] = new JsonObject { ["$ref"] = "#/components/schemas/Fault" } }));
        schemas["Fault"] = Object("One value that is wrong.", ["loc", "msg", "type"],
            ("loc", new() { ["type"] = "array", ["description"] = "Where: `body` or `query`, then names and indices.", ["items"] = new JsonObject { ["type"] = new JsonArray("string", "integer") } }),
            ("msg", Text("What, for people.")), ("type", Text("What, for programs.")), ("ctx", new() { ["type"] = "object", ["description"] = "The limit that was passed." }));
        components["responses"] = new JsonObject
        {
            ["Unauthorized"] = Answer("The server was started with a password, and the request has none or a wrong one.", "application/json", "Refusal", Refused("HTTPException", "Not authenticated", "")),
            ["Missing"] = Answer("A picture, script or file that the request names is not there.", "application/json", "Refusal", Refused("HTTPException", "Init image not found", "")),
            ["Invalid"] = Answer("A value has the wrong type or is out of range; a refusal with this status has the other form.", "application/json", "Invalid",
                new JsonObject { ["detail"] = new JsonArray(new JsonObject { ["loc"] = new JsonArray("body", "steps"), ["msg"] = "value is not a valid integer", ["type"] = "type_error.integer" }) }, other: "Refusal"),
            ["Failed"] = Answer("Something went wrong while it was done.", "application/json", "Refusal", Refused("RuntimeError", "", "model 'x' not found")),
        };
        foreach (var (_, operation) in DrawnDocument.Operations(document))
        {
            var own = operation["responses"]!.AsObject();
            own["401"] = Reference("Unauthorized");
            own["500"] = Reference("Failed");
            if (operation["requestBody"] is null && operation["parameters"] is null) continue;
            own["404"] = Reference("Missing");
            own["422"] = Reference("Invalid");
        }
    }

    private static JsonObject Example(string status, string detail, string field, string cure)
    {
        var number = status == "default" ? 500 : int.Parse(status);
        var example = new JsonObject { ["title"] = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(number), ["status"] = number, ["detail"] = detail };
        if (field.Length > 0) (example["field"], example["cure"]) = (field, cure);
        return example;
    }

    private static JsonObject Refused(string error, string detail, string errors) => new() { ["error"] = error, ["detail"] = detail, ["body"] = "", ["errors"] = errors };

    private static JsonObject Answer(string description, string type, string schema, JsonObject example, string? other = null)
    {
        var form = new JsonObject { ["$ref"] = $"#/components/schemas/{schema}" };
        if (other is not null) form = new() { ["oneOf"] = new JsonArray(form, new JsonObject { ["$ref"] = $"#/components/schemas/{other}" }) };
        return new() { ["description"] = description, ["content"] = new JsonObject { [type] = new JsonObject { ["schema"] = form, ["example"] = example } } };
    }

    private static JsonObject Object(string description, string[] required, params (string Name, JsonObject Schema)[] fields) => SchemaRules.AsWritten(new()
    {
        ["type"] = "object",
        ["description"] = description,
        ["required"] = new JsonArray([.. required.Select(name => (JsonNode)name)]),
        ["properties"] = new JsonObject(fields.Select(field => KeyValuePair.Create(field.Name, (JsonNode?)field.Schema))),
    });

    private static JsonObject Text(string description) => new() { ["type"] = "string", ["description"] = description };

    private static JsonObject Reference(string name) => new() { ["$ref"] = $"#/components/responses/{name}" };
}
