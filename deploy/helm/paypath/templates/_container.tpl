{{- /* What every container of paypath has, but for its name and its words. */ -}}
{{- define "paypath.container" -}}
image: {{ include "paypath.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
env:
  - {name: PAYPATH_LOCATION, value: {{ default .Values.location .Values.config.location | quote }}}
  - {name: PAYPATH_LISTEN__METRICS, value: "0.0.0.0:9464"}
  - {name: PAYPATH_STATE__DIRECTORY, value: /var/lib/paypath}
  {{- if .Values.webhooks.enabled }}
  - {name: PAYPATH_LISTEN__WEBHOOKS, value: "0.0.0.0:9466"}
  {{- end }}
  {{- if .Values.scenarios }}
  - {name: PAYPATH_SCENARIOS__DIRECTORY, value: /etc/paypath-scenarios}
  {{- end }}
  {{- if eq .Values.mode "sidecar" }}
  - {name: PAYPATH_REPLICAS__CHARGES, value: none}
  {{- else if eq .Values.mode "statefulset" }}
  {{- if .Values.statefulset.shards }}
  - {name: PAYPATH_REPLICAS__SHARD, value: auto/{{ .Values.statefulset.replicas }}}
  {{- else }}
  - {name: PAYPATH_REPLICAS__CHARGES, value: first}
  {{- end }}
  {{- end }}
  {{- with .Values.env }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
resources:
  {{- toYaml .Values.resources | nindent 2 }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
  {{- if eq .Values.mode "sidecar" }}
  {{- toYaml (omit .Values.podSecurityContext "fsGroup" "fsGroupChangePolicy" "supplementalGroups") | nindent 2 }}
  {{- end }}
volumeMounts:
  - {name: paypath-config, mountPath: /etc/paypath, readOnly: true}
  {{- if .Values.scenarios }}
  - {name: paypath-scenarios, mountPath: /etc/paypath-scenarios, readOnly: true}
  {{- end }}
  - {name: paypath-identity, mountPath: /run/secrets/paypath/identity, readOnly: true}
  {{- range $name, $secret := .Values.secrets }}
  {{- if $secret.secretName }}
  - {name: paypath-secret-{{ $name }}, mountPath: /run/secrets/paypath/{{ $name }}, readOnly: true}
  {{- end }}
  {{- end }}
  - {name: paypath-state, mountPath: /var/lib/paypath}
  - {name: paypath-tmp, mountPath: /tmp}
{{- end -}}

{{- /* Of the containers that keep running: what the kubelet and Prometheus reach. */ -}}
{{- define "paypath.ports" -}}
ports:
  - {name: paypath, containerPort: 9464}
  {{- if .Values.webhooks.enabled }}
  - {name: webhooks, containerPort: 9466}
  {{- end }}
{{- end -}}

{{- /* Its volumes; all but the state where a StatefulSet claims one for each pod. Whole directories: what changes is seen. */ -}}
{{- define "paypath.volumes" -}}
{{- $sidecar := eq .Values.mode "sidecar" -}}
{{- /* A pod of somebody else has no fsGroup of ours, and must start without what is missing. */ -}}
{{- $mode := ternary 0444 0440 $sidecar -}}
- name: paypath-config
  configMap: {name: {{ include "paypath.configMap" . }}, optional: {{ $sidecar }}}
{{- if .Values.scenarios }}
- name: paypath-scenarios
  configMap: {name: {{ include "paypath.fullname" . }}-scenarios, optional: {{ $sidecar }}}
{{- end }}
- name: paypath-identity
  secret: {secretName: {{ include "paypath.identitySecret" . }}, defaultMode: {{ $mode }}, optional: {{ $sidecar }}}
{{- range $name, $secret := .Values.secrets }}
{{- if $secret.secretName }}
- name: paypath-secret-{{ $name }}
  secret: {secretName: {{ $secret.secretName }}, defaultMode: {{ $mode }}, optional: {{ $sidecar }}}
{{- end }}
{{- end }}
- name: paypath-tmp
  emptyDir: {}
{{- if or (eq .Values.mode "sidecar") (not .Values.persistence.enabled) }}
- name: paypath-state
  emptyDir: {}
{{- else if ne .Values.mode "statefulset" }}
- name: paypath-state
  persistentVolumeClaim: {claimName: {{ default (include "paypath.fullname" .) .Values.persistence.existingClaim }}}
{{- end }}
{{- end -}}

{{- /* A pod of the chart's own; `.container` is its one container. */ -}}
{{- define "paypath.podTemplate" -}}
{{- $container := .container -}}
{{- $restart := .restartPolicy -}}
{{- with .root -}}
metadata:
  labels:
    {{- include "paypath.labels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  restartPolicy: {{ $restart }}
  serviceAccountName: {{ include "paypath.serviceAccount" . }}
  automountServiceAccountToken: {{ eq "true" (include "paypath.proof" .) }}
  # A Service called paypath would otherwise put PAYPATH_… variables into the pod.
  enableServiceLinks: false
  # SIGTERM lets what runs end and takes back what it made.
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  securityContext:
    {{- toYaml .Values.podSecurityContext | nindent 4 }}
  {{- with .Values.image.pullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  containers:
    - name: paypath
      {{- $container | nindent 6 }}
      {{- include "paypath.container" . | nindent 6 }}
  volumes:
    {{- include "paypath.volumes" . | nindent 4 }}
  {{- range $key := list "nodeSelector" "tolerations" "affinity" "topologySpreadConstraints" }}
  {{- with index $.root.Values $key }}
  {{ $key }}:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
{{- end -}}
{{- end -}}

{{- /* `paypath run` and its probes: alive is the process, ready is who has looked once. Neither asks whether payments work. */ -}}
{{- define "paypath.running" -}}
args: [run, --config, /etc/paypath/paypath.yaml]
{{ include "paypath.ports" . }}
livenessProbe:
  httpGet: {path: /healthz, port: paypath}
  periodSeconds: 20
  timeoutSeconds: 5
  failureThreshold: 3
readinessProbe:
  httpGet: {path: /readyz, port: paypath}
  periodSeconds: 5
  timeoutSeconds: 5
{{- end -}}

{{- define "paypath.claim" -}}
accessModes: [ReadWriteOnce]
{{- with .Values.persistence.storageClassName }}
storageClassName: {{ . }}
{{- end }}
resources:
  requests: {storage: {{ .Values.persistence.size }}}
{{- end -}}
