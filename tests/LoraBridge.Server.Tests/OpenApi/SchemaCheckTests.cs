using System.Text.Json.Nodes;

namespace LoraBridge.Server.Tests.OpenApi;

public sealed class SchemaCheckTests
{
    private static readonly Description s_description = new(JsonNode.Parse("""
        { "paths": {}, "components": { "schemas": {
          "Pet": { "oneOf": [ { "$ref": "#/components/schemas/Cat" }, { "$ref": "#/components/schemas/Dog" } ], "discriminator": { "propertyName": "kind", "mapping": { "cat": "#/components/schemas/Cat", "dog": "#/components/schemas/Dog" } } },
          "Cat": { "type": "object", "required": [ "kind" ], "properties": { "kind": { "const": "cat" }, "lives": { "type": "integer", "minimum": 1, "maximum": 9 }, "born": { "type": "string", "format": "date-time" } } },
          "Dog": { "type": "object", "required": [ "kind" ], "properties": { "kind": { "const": "dog" }, "tricks": { "type": "array", "items": { "enum": [ "sit", "roll" ] } } } }
        } } }
        """)!.AsObject());

    [Theory]
    [InlineData("""{"kind":"cat","lives":9,"born":"2026-01-15T09:30:00Z"}""", null)]
    [InlineData("""{"kind":"dog","tricks":["sit"]}""", null)]
    [InlineData("""{"kind":"cat","lives":10}""", "$.lives is 10, more than 9")]
    [InlineData("""{"kind":"cat","lives":1.5}""", "$.lives is 1.5, not integer")]
    [InlineData("""{"kind":"cat","born":"today or so"}""", "$.born is 'today or so', no time")]
    [InlineData("""{"kind":"cat","tricks":[]}""", "$.tricks is described nowhere")]
    [InlineData("""{"kind":"dog","tricks":["fly"]}""", """$.tricks[0] is "fly", none of ["sit","roll"]""")]
    [InlineData("""{"kind":"cow"}""", "$ is of the kind cow, of which nothing is known")]
    [InlineData("""{}""", "$ has no kind")]
    public void Faults_OfAValue_NameTheirPlace(string value, string? fault)
    {
        var faults = SchemaCheck.Faults(s_description, new JsonObject { ["$ref"] = "#/components/schemas/Pet" }, JsonNode.Parse(value));

        Assert.Equal(fault, faults.Count == 0 ? null : faults[0]);
    }
}
