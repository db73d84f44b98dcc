"""Every IRI that the code knows. The ontology defines the terms; a test compares both."""

from __future__ import annotations

from typing import Final

BASE: Final = "https://w3id.org/drugpolicy-kg/"
ONTOLOGY: Final = BASE + "ontology"
SHAPES: Final = BASE + "shapes"
ID: Final = BASE + "id/"
GRAPH: Final = BASE + "graph/"
SCHEME: Final = BASE + "id/scheme/"
#: The licence of ontology and data.
LICENCE: Final = "https://creativecommons.org/licenses/by/4.0/"

DP_NAMESPACE: Final = ONTOLOGY + "#"
DPS_NAMESPACE: Final = SHAPES + "#"
RDF_NAMESPACE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS_NAMESPACE: Final = "http://www.w3.org/2000/01/rdf-schema#"
OWL_NAMESPACE: Final = "http://www.w3.org/2002/07/owl#"
XSD_NAMESPACE: Final = "http://www.w3.org/2001/XMLSchema#"
SKOS_NAMESPACE: Final = "http://www.w3.org/2004/02/skos/core#"
DC_NAMESPACE: Final = "http://purl.org/dc/elements/1.1/"
DCAT_NAMESPACE: Final = "http://www.w3.org/ns/dcat#"
DCT_NAMESPACE: Final = "http://purl.org/dc/terms/"
ELI_NAMESPACE: Final = "http://data.europa.eu/eli/ontology#"
FOAF_NAMESPACE: Final = "http://xmlns.com/foaf/0.1/"
OA_NAMESPACE: Final = "http://www.w3.org/ns/oa#"
ORG_NAMESPACE: Final = "http://www.w3.org/ns/org#"
PROV_NAMESPACE: Final = "http://www.w3.org/ns/prov#"
SCHEMA_NAMESPACE: Final = "https://schema.org/"
SH_NAMESPACE: Final = "http://www.w3.org/ns/shacl#"
SSSOM_NAMESPACE: Final = "https://w3id.org/sssom/"
SEMAPV_NAMESPACE: Final = "https://w3id.org/semapv/vocab/"
TIME_NAMESPACE: Final = "http://www.w3.org/2006/time#"
VOID_NAMESPACE: Final = "http://rdfs.org/ns/void#"

#: The prefixes of every file that is written, in this order.
PREFIXES: Final = {
    "dp": DP_NAMESPACE,
    "dps": DPS_NAMESPACE,
    "dc": DC_NAMESPACE,
    "dcat": DCAT_NAMESPACE,
    "dct": DCT_NAMESPACE,
    "eli": ELI_NAMESPACE,
    "foaf": FOAF_NAMESPACE,
    "oa": OA_NAMESPACE,
    "org": ORG_NAMESPACE,
    "owl": OWL_NAMESPACE,
    "prov": PROV_NAMESPACE,
    "rdf": RDF_NAMESPACE,
    "rdfs": RDFS_NAMESPACE,
    "schema": SCHEMA_NAMESPACE,
    "sh": SH_NAMESPACE,
    "semapv": SEMAPV_NAMESPACE,
    "skos": SKOS_NAMESPACE,
    "sssom": SSSOM_NAMESPACE,
    "time": TIME_NAMESPACE,
    "void": VOID_NAMESPACE,
    "xsd": XSD_NAMESPACE,
}


class RDF:
    """Terms of RDF 1.1."""

    first: Final = RDF_NAMESPACE + "first"
    nil: Final = RDF_NAMESPACE + "nil"
    rest: Final = RDF_NAMESPACE + "rest"
    type: Final = RDF_NAMESPACE + "type"


class OWL:
    """Terms of OWL 2 (https://www.w3.org/TR/owl2-rdf-based-semantics/)."""

    AllDifferent: Final = OWL_NAMESPACE + "AllDifferent"
    AllDisjointClasses: Final = OWL_NAMESPACE + "AllDisjointClasses"
    AnnotationProperty: Final = OWL_NAMESPACE + "AnnotationProperty"
    AsymmetricProperty: Final = OWL_NAMESPACE + "AsymmetricProperty"
    Class: Final = OWL_NAMESPACE + "Class"
    DatatypeProperty: Final = OWL_NAMESPACE + "DatatypeProperty"
    deprecated: Final = OWL_NAMESPACE + "deprecated"
    versionInfo: Final = OWL_NAMESPACE + "versionInfo"
    FunctionalProperty: Final = OWL_NAMESPACE + "FunctionalProperty"
    InverseFunctionalProperty: Final = OWL_NAMESPACE + "InverseFunctionalProperty"
    IrreflexiveProperty: Final = OWL_NAMESPACE + "IrreflexiveProperty"
    NamedIndividual: Final = OWL_NAMESPACE + "NamedIndividual"
    ObjectProperty: Final = OWL_NAMESPACE + "ObjectProperty"
    Ontology: Final = OWL_NAMESPACE + "Ontology"
    Restriction: Final = OWL_NAMESPACE + "Restriction"
    SymmetricProperty: Final = OWL_NAMESPACE + "SymmetricProperty"
    TransitiveProperty: Final = OWL_NAMESPACE + "TransitiveProperty"
    allValuesFrom: Final = OWL_NAMESPACE + "allValuesFrom"
    cardinality: Final = OWL_NAMESPACE + "cardinality"
    disjointWith: Final = OWL_NAMESPACE + "disjointWith"
    distinctMembers: Final = OWL_NAMESPACE + "distinctMembers"
    equivalentProperty: Final = OWL_NAMESPACE + "equivalentProperty"
    hasKey: Final = OWL_NAMESPACE + "hasKey"
    hasValue: Final = OWL_NAMESPACE + "hasValue"
    imports: Final = OWL_NAMESPACE + "imports"
    inverseOf: Final = OWL_NAMESPACE + "inverseOf"
    maxCardinality: Final = OWL_NAMESPACE + "maxCardinality"
    maxQualifiedCardinality: Final = OWL_NAMESPACE + "maxQualifiedCardinality"
    members: Final = OWL_NAMESPACE + "members"
    minCardinality: Final = OWL_NAMESPACE + "minCardinality"
    minQualifiedCardinality: Final = OWL_NAMESPACE + "minQualifiedCardinality"
    onClass: Final = OWL_NAMESPACE + "onClass"
    onProperty: Final = OWL_NAMESPACE + "onProperty"
    propertyChainAxiom: Final = OWL_NAMESPACE + "propertyChainAxiom"
    qualifiedCardinality: Final = OWL_NAMESPACE + "qualifiedCardinality"
    sameAs: Final = OWL_NAMESPACE + "sameAs"
    someValuesFrom: Final = OWL_NAMESPACE + "someValuesFrom"
    unionOf: Final = OWL_NAMESPACE + "unionOf"
    versionIRI: Final = OWL_NAMESPACE + "versionIRI"


class RDFS:
    """Terms of RDF Schema 1.1."""

    comment: Final = RDFS_NAMESPACE + "comment"
    domain: Final = RDFS_NAMESPACE + "domain"
    label: Final = RDFS_NAMESPACE + "label"
    range: Final = RDFS_NAMESPACE + "range"
    seeAlso: Final = RDFS_NAMESPACE + "seeAlso"
    subClassOf: Final = RDFS_NAMESPACE + "subClassOf"
    subPropertyOf: Final = RDFS_NAMESPACE + "subPropertyOf"


class XSD:
    """Datatypes of XML Schema, in the canonical forms that Oxigraph keeps."""

    boolean: Final = XSD_NAMESPACE + "boolean"
    date: Final = XSD_NAMESPACE + "date"
    decimal: Final = XSD_NAMESPACE + "decimal"
    integer: Final = XSD_NAMESPACE + "integer"
    string: Final = XSD_NAMESPACE + "string"


class SKOS:
    """Terms of SKOS (https://www.w3.org/TR/skos-reference/)."""

    Concept: Final = SKOS_NAMESPACE + "Concept"
    ConceptScheme: Final = SKOS_NAMESPACE + "ConceptScheme"
    altLabel: Final = SKOS_NAMESPACE + "altLabel"
    broader: Final = SKOS_NAMESPACE + "broader"
    exactMatch: Final = SKOS_NAMESPACE + "exactMatch"
    inScheme: Final = SKOS_NAMESPACE + "inScheme"
    notation: Final = SKOS_NAMESPACE + "notation"
    prefLabel: Final = SKOS_NAMESPACE + "prefLabel"


class DC:
    """Terms of Dublin Core 1.1, whose values may be words."""

    source: Final = DC_NAMESPACE + "source"


class DCT:
    """Terms of Dublin Core."""

    created: Final = DCT_NAMESPACE + "created"
    creator: Final = DCT_NAMESPACE + "creator"
    date: Final = DCT_NAMESPACE + "date"
    conformsTo: Final = DCT_NAMESPACE + "conformsTo"
    format: Final = DCT_NAMESPACE + "format"
    identifier: Final = DCT_NAMESPACE + "identifier"
    language: Final = DCT_NAMESPACE + "language"
    source: Final = DCT_NAMESPACE + "source"
    description: Final = DCT_NAMESPACE + "description"
    isPartOf: Final = DCT_NAMESPACE + "isPartOf"
    license: Final = DCT_NAMESPACE + "license"
    publisher: Final = DCT_NAMESPACE + "publisher"
    rights: Final = DCT_NAMESPACE + "rights"
    subject: Final = DCT_NAMESPACE + "subject"
    title: Final = DCT_NAMESPACE + "title"


class ELI:
    """Terms of the European Legislation Identifier ontology 1.5."""

    Format: Final = ELI_NAMESPACE + "Format"
    LegalExpression: Final = ELI_NAMESPACE + "LegalExpression"
    LegalResource: Final = ELI_NAMESPACE + "LegalResource"
    date_document: Final = ELI_NAMESPACE + "date_document"
    embodies: Final = ELI_NAMESPACE + "embodies"
    is_embodied_by: Final = ELI_NAMESPACE + "is_embodied_by"
    is_realized_by: Final = ELI_NAMESPACE + "is_realized_by"
    language: Final = ELI_NAMESPACE + "language"
    realizes: Final = ELI_NAMESPACE + "realizes"
    title: Final = ELI_NAMESPACE + "title"
    type_document: Final = ELI_NAMESPACE + "type_document"


class OA:
    """Terms of the Web Annotation vocabulary (https://www.w3.org/TR/annotation-vocab/)."""

    SpecificResource: Final = OA_NAMESPACE + "SpecificResource"
    TextPositionSelector: Final = OA_NAMESPACE + "TextPositionSelector"
    TextQuoteSelector: Final = OA_NAMESPACE + "TextQuoteSelector"
    end: Final = OA_NAMESPACE + "end"
    exact: Final = OA_NAMESPACE + "exact"
    hasSelector: Final = OA_NAMESPACE + "hasSelector"
    hasSource: Final = OA_NAMESPACE + "hasSource"
    start: Final = OA_NAMESPACE + "start"


class ORG:
    """Terms of the Organization ontology (https://www.w3.org/TR/vocab-org/)."""

    ChangeEvent: Final = ORG_NAMESPACE + "ChangeEvent"
    Organization: Final = ORG_NAMESPACE + "Organization"
    changedBy: Final = ORG_NAMESPACE + "changedBy"
    originalOrganization: Final = ORG_NAMESPACE + "originalOrganization"
    resultedFrom: Final = ORG_NAMESPACE + "resultedFrom"
    resultingOrganization: Final = ORG_NAMESPACE + "resultingOrganization"


class PROV:
    """Terms of PROV-O (https://www.w3.org/TR/prov-o/)."""

    Activity: Final = PROV_NAMESPACE + "Activity"
    Agent: Final = PROV_NAMESPACE + "Agent"
    Entity: Final = PROV_NAMESPACE + "Entity"
    SoftwareAgent: Final = PROV_NAMESPACE + "SoftwareAgent"
    used: Final = PROV_NAMESPACE + "used"
    wasAssociatedWith: Final = PROV_NAMESPACE + "wasAssociatedWith"
    wasGeneratedBy: Final = PROV_NAMESPACE + "wasGeneratedBy"
    wasDerivedFrom: Final = PROV_NAMESPACE + "wasDerivedFrom"
    wasQuotedFrom: Final = PROV_NAMESPACE + "wasQuotedFrom"


class SH:
    """Terms of SHACL (https://www.w3.org/TR/shacl/)."""

    Info: Final = SH_NAMESPACE + "Info"
    NodeShape: Final = SH_NAMESPACE + "NodeShape"
    PropertyShape: Final = SH_NAMESPACE + "PropertyShape"
    ValidationReport: Final = SH_NAMESPACE + "ValidationReport"
    ValidationResult: Final = SH_NAMESPACE + "ValidationResult"
    Violation: Final = SH_NAMESPACE + "Violation"
    Warning: Final = SH_NAMESPACE + "Warning"
    ask: Final = SH_NAMESPACE + "ask"
    conforms: Final = SH_NAMESPACE + "conforms"
    detail: Final = SH_NAMESPACE + "detail"
    focusNode: Final = SH_NAMESPACE + "focusNode"
    message: Final = SH_NAMESPACE + "message"
    name: Final = SH_NAMESPACE + "name"
    path: Final = SH_NAMESPACE + "path"
    property: Final = SH_NAMESPACE + "property"
    result: Final = SH_NAMESPACE + "result"
    resultMessage: Final = SH_NAMESPACE + "resultMessage"
    resultPath: Final = SH_NAMESPACE + "resultPath"
    resultSeverity: Final = SH_NAMESPACE + "resultSeverity"
    select: Final = SH_NAMESPACE + "select"
    severity: Final = SH_NAMESPACE + "severity"
    sourceConstraintComponent: Final = SH_NAMESPACE + "sourceConstraintComponent"
    sourceShape: Final = SH_NAMESPACE + "sourceShape"
    sparql: Final = SH_NAMESPACE + "sparql"
    targetClass: Final = SH_NAMESPACE + "targetClass"
    targetNode: Final = SH_NAMESPACE + "targetNode"
    targetObjectsOf: Final = SH_NAMESPACE + "targetObjectsOf"
    targetSubjectsOf: Final = SH_NAMESPACE + "targetSubjectsOf"
    value: Final = SH_NAMESPACE + "value"


class DPS:
    """Terms with which our shapes speak about themselves."""

    linked: Final = DPS_NAMESPACE + "linked"
    profile: Final = DPS_NAMESPACE + "profile"
    remedy: Final = DPS_NAMESPACE + "remedy"


class SSSOM:
    """Terms of SSSOM 1.1, by the names of its slots (https://w3id.org/sssom/).

    The RDF form of SSSOM says owl:annotatedSource and the like, which OWL 2 keeps for the
    annotation of axioms; published data use the slots' own names instead.
    """

    Mapping: Final = SSSOM_NAMESPACE + "Mapping"
    MappingSet: Final = SSSOM_NAMESPACE + "MappingSet"
    NoTermFound: Final = SSSOM_NAMESPACE + "NoTermFound"
    author_label: Final = SSSOM_NAMESPACE + "author_label"
    confidence: Final = SSSOM_NAMESPACE + "confidence"
    mapping_justification: Final = SSSOM_NAMESPACE + "mapping_justification"
    mapping_tool: Final = SSSOM_NAMESPACE + "mapping_tool"
    mapping_tool_version: Final = SSSOM_NAMESPACE + "mapping_tool_version"
    object_id: Final = SSSOM_NAMESPACE + "object_id"
    object_source: Final = SSSOM_NAMESPACE + "object_source"
    object_source_version: Final = SSSOM_NAMESPACE + "object_source_version"
    predicate_id: Final = SSSOM_NAMESPACE + "predicate_id"
    subject_id: Final = SSSOM_NAMESPACE + "subject_id"


class TIME:
    """Terms of OWL-Time (https://www.w3.org/TR/owl-time/)."""

    Instant: Final = TIME_NAMESPACE + "Instant"
    ProperInterval: Final = TIME_NAMESPACE + "ProperInterval"
    hasBeginning: Final = TIME_NAMESPACE + "hasBeginning"
    hasEnd: Final = TIME_NAMESPACE + "hasEnd"
    inXSDDate: Final = TIME_NAMESPACE + "inXSDDate"


class DP:
    """Terms of our own ontology; see ontology/drugpolicy.ttl for their definitions."""

    # classes
    Action: Final = DP_NAMESPACE + "Action"
    Actor: Final = DP_NAMESPACE + "Actor"
    ActorMention: Final = DP_NAMESPACE + "ActorMention"
    Area: Final = DP_NAMESPACE + "Area"
    Citation: Final = DP_NAMESPACE + "Citation"
    CitationCorrection: Final = DP_NAMESPACE + "CitationCorrection"
    Commitment: Final = DP_NAMESPACE + "Commitment"
    DataSource: Final = DP_NAMESPACE + "DataSource"
    Edition: Final = DP_NAMESPACE + "Edition"
    Footnote: Final = DP_NAMESPACE + "Footnote"
    Indicator: Final = DP_NAMESPACE + "Indicator"
    IndicatorSource: Final = DP_NAMESPACE + "IndicatorSource"
    Instrument: Final = DP_NAMESPACE + "Instrument"
    Item: Final = DP_NAMESPACE + "Item"
    Participation: Final = DP_NAMESPACE + "Participation"
    Passage: Final = DP_NAMESPACE + "Passage"
    Place: Final = DP_NAMESPACE + "Place"
    PlaceMention: Final = DP_NAMESPACE + "PlaceMention"
    Plan: Final = DP_NAMESPACE + "Plan"
    Priority: Final = DP_NAMESPACE + "Priority"
    PriorityArea: Final = DP_NAMESPACE + "PriorityArea"
    PriorityAreaCode: Final = DP_NAMESPACE + "PriorityAreaCode"
    Programme: Final = DP_NAMESPACE + "Programme"
    ProgrammeMention: Final = DP_NAMESPACE + "ProgrammeMention"
    Section: Final = DP_NAMESPACE + "Section"
    SourceFile: Final = DP_NAMESPACE + "SourceFile"
    StatedCount: Final = DP_NAMESPACE + "StatedCount"
    StatedValue: Final = DP_NAMESPACE + "StatedValue"
    StrategicPriority: Final = DP_NAMESPACE + "StrategicPriority"
    Substance: Final = DP_NAMESPACE + "Substance"
    Theme: Final = DP_NAMESPACE + "Theme"
    ThemeMention: Final = DP_NAMESPACE + "ThemeMention"
    Timetable: Final = DP_NAMESPACE + "Timetable"
    # between things
    authorityEntry: Final = DP_NAMESPACE + "authorityEntry"
    celexResource: Final = DP_NAMESPACE + "celexResource"
    cites: Final = DP_NAMESPACE + "cites"
    codeOf: Final = DP_NAMESPACE + "codeOf"
    containedIn: Final = DP_NAMESPACE + "containedIn"
    corrects: Final = DP_NAMESPACE + "corrects"
    eliResource: Final = DP_NAMESPACE + "eliResource"
    evidence: Final = DP_NAMESPACE + "evidence"
    followedBy: Final = DP_NAMESPACE + "followedBy"
    follows: Final = DP_NAMESPACE + "follows"
    function: Final = DP_NAMESPACE + "function"
    fund: Final = DP_NAMESPACE + "fund"
    hasCode: Final = DP_NAMESPACE + "hasCode"
    hasItem: Final = DP_NAMESPACE + "hasItem"
    hasParticipation: Final = DP_NAMESPACE + "hasParticipation"
    hasSource: Final = DP_NAMESPACE + "hasSource"
    hasTimetable: Final = DP_NAMESPACE + "hasTimetable"
    inArea: Final = DP_NAMESPACE + "inArea"
    inFootnote: Final = DP_NAMESPACE + "inFootnote"
    inPlan: Final = DP_NAMESPACE + "inPlan"
    inPriority: Final = DP_NAMESPACE + "inPriority"
    involves: Final = DP_NAMESPACE + "involves"
    issuer: Final = DP_NAMESPACE + "issuer"
    kind: Final = DP_NAMESPACE + "kind"
    meant: Final = DP_NAMESPACE + "meant"
    mentions: Final = DP_NAMESPACE + "mentions"
    modality: Final = DP_NAMESPACE + "modality"
    participant: Final = DP_NAMESPACE + "participant"
    problem: Final = DP_NAMESPACE + "problem"
    promisedBy: Final = DP_NAMESPACE + "promisedBy"
    replacedBy: Final = DP_NAMESPACE + "replacedBy"
    role: Final = DP_NAMESPACE + "role"
    sharesHistoryWith: Final = DP_NAMESPACE + "sharesHistoryWith"
    textEvidence: Final = DP_NAMESPACE + "textEvidence"
    timetableBasis: Final = DP_NAMESPACE + "timetableBasis"
    titleSource: Final = DP_NAMESPACE + "titleSource"
    where: Final = DP_NAMESPACE + "where"
    within: Final = DP_NAMESPACE + "within"
    # values
    amount: Final = DP_NAMESPACE + "amount"
    amountWording: Final = DP_NAMESPACE + "amountWording"
    annexTitle: Final = DP_NAMESPACE + "annexTitle"
    breakdown: Final = DP_NAMESPACE + "breakdown"
    celex: Final = DP_NAMESPACE + "celex"
    code: Final = DP_NAMESPACE + "code"
    correction: Final = DP_NAMESPACE + "correction"
    count: Final = DP_NAMESPACE + "count"
    counted: Final = DP_NAMESPACE + "counted"
    currency: Final = DP_NAMESPACE + "currency"
    documentNumber: Final = DP_NAMESPACE + "documentNumber"
    dueEnd: Final = DP_NAMESPACE + "dueEnd"
    dueStart: Final = DP_NAMESPACE + "dueStart"
    dueWording: Final = DP_NAMESPACE + "dueWording"
    eli: Final = DP_NAMESPACE + "eli"
    endYear: Final = DP_NAMESPACE + "endYear"
    euMember: Final = DP_NAMESPACE + "euMember"
    existsSince: Final = DP_NAMESPACE + "existsSince"
    existsUntil: Final = DP_NAMESPACE + "existsUntil"
    fileName: Final = DP_NAMESPACE + "fileName"
    firstLine: Final = DP_NAMESPACE + "firstLine"
    identifier: Final = DP_NAMESPACE + "identifier"
    lastLine: Final = DP_NAMESPACE + "lastLine"
    locator: Final = DP_NAMESPACE + "locator"
    number: Final = DP_NAMESPACE + "number"
    ongoing: Final = DP_NAMESPACE + "ongoing"
    order: Final = DP_NAMESPACE + "order"
    passageNumber: Final = DP_NAMESPACE + "passageNumber"
    periodicity: Final = DP_NAMESPACE + "periodicity"
    pillar: Final = DP_NAMESPACE + "pillar"
    pinpoint: Final = DP_NAMESPACE + "pinpoint"
    position: Final = DP_NAMESPACE + "position"
    promisedByWording: Final = DP_NAMESPACE + "promisedByWording"
    qualifier: Final = DP_NAMESPACE + "qualifier"
    replacedByIdentifier: Final = DP_NAMESPACE + "replacedByIdentifier"
    roleWording: Final = DP_NAMESPACE + "roleWording"
    sha256: Final = DP_NAMESPACE + "sha256"
    shortName: Final = DP_NAMESPACE + "shortName"
    startYear: Final = DP_NAMESPACE + "startYear"
    status: Final = DP_NAMESPACE + "status"
    text: Final = DP_NAMESPACE + "text"
    title: Final = DP_NAMESPACE + "title"
    version: Final = DP_NAMESPACE + "version"
    wording: Final = DP_NAMESPACE + "wording"
